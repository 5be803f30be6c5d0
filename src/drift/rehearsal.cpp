#include "drift/rehearsal.hpp"

#include <algorithm>
#include <vector>

#include "drift/accumulation.hpp"
#include "drift/alarm.hpp"
#include "drift/detect.hpp"

namespace perennial::drift {

Rehearsal rehearse(SeasonalReference& reference, std::span<const ColumnView> columns, std::span<const TimePoint> times,
                   const DriftSettings& settings) {
  std::uint64_t rows = 0;
  for (const auto& column : columns) rows = std::max<std::uint64_t>(rows, column.size());
  const std::uint64_t window = settings.window.rows;
  if (window == 0) return {};
  Rehearsal result;
  Alarm alarm;
  Accumulation accumulation;
  for (std::uint64_t first = 0; first + window <= rows && result.looks < looks_rehearsed; first += window) {
    std::vector<ColumnView> views(columns.begin(), columns.end());
    for (auto& view : views) {
      if (view.kind == ColumnKind::numeric) view.numbers = view.numbers.subspan(first, window);
      else view.codes = view.codes.subspan(first, window);
    }
    const auto at = times.size() == rows ? times.subspan(first, window) : std::span<const TimePoint>();
    const Reference& like = reference.at(at);
    accumulation.take(like, reference.calibration(), views, window, window);
    const auto report = detect(like, views, settings, {}, &accumulation);
    const Alarm next_alarm = next(alarm, report.verdict, settings.hold);
    if (next_alarm.raised && !alarm.raised) ++result.alarms;
    alarm = next_alarm;
    ++result.looks;
  }
  return result;
}

}  // namespace perennial::drift
