#include "drift/seasonal_reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perennial::drift {
namespace {

constexpr double grain = 20;
constexpr double nearly_all = 0.9;     // of a window's rows in one part: the rest is the edge of the hour
constexpr double much_the_same = 0.1;  // total variation

Column copy_of(const ColumnView& view) {
  Column column;
  column.name = view.name;
  column.kind = view.kind;
  column.numbers.assign(view.numbers.begin(), view.numbers.end());
  column.codes.assign(view.codes.begin(), view.codes.end());
  if (view.dictionary != nullptr) column.dictionary = std::make_shared<Dictionary>(*view.dictionary);
  return column;
}

std::size_t parts_in_week(Duration part) { return static_cast<std::size_t>(Duration(std::chrono::hours(168)) / part); }

}  // namespace

std::uint64_t reference_rows_worth(const Calibration& calibration, std::uint64_t rows) {
  const std::uint64_t by_part =
      calibration.seasonal() ? reference_rows_kept_per_part * parts_in_week(calibration.part) : 0;
  return std::min(std::max(reference_rows_kept, by_part), rows);
}

std::vector<ColumnView> views_of(const Table& table) {
  std::vector<ColumnView> views;
  for (std::size_t c = 0; c < table.columns.size(); ++c) views.push_back(table.view(c, 0, table.rows));
  return views;
}

SeasonalReference SeasonalReference::prepare(std::span<const ColumnView> columns, std::span<const TimePoint> times,
                                             const DriftSettings& settings, Calibration calibration) {
  SeasonalReference result;
  result.whole_ = Reference::prepare(columns, settings, calibration);
  result.min_rows_ = settings.min_rows;
  result.promised_ = settings.budget.stated();
  result.calibration_ = std::move(calibration);
  if (!result.calibration_.seasonal() || times.size() != result.whole_.rows()) return result;
  for (const auto& column : columns)
    if (result.calibration_.of(column.name).seasonal && settings.includes(column.name))
      result.seasonal_.columns.push_back(copy_of(column));
  result.seasonal_.rows = times.size();
  result.by_part_.resize(parts_in_week(result.calibration_.part));
  for (std::size_t row = 0; row < times.size(); ++row)
    result.by_part_[part_of_week(times[row], result.calibration_.part)].push_back(row);
  return result;
}

SeasonalReference::Mix SeasonalReference::mix_of(std::span<const TimePoint> window) const {
  std::vector<double> shares(by_part_.size(), 0);
  for (const TimePoint at : window)
    shares[part_of_week(at, calibration_.part)] += 1 / static_cast<double>(window.size());
  Mix mix(shares.size(), 0);
  const auto largest = std::ranges::max_element(shares);
  if (*largest >= nearly_all) {
    mix[static_cast<std::size_t>(largest - shares.begin())] = 1;
    return mix;
  }
  double apart = 0;
  for (std::size_t part = 0; part < shares.size(); ++part) {
    const double usual = static_cast<double>(by_part_[part].size()) / static_cast<double>(seasonal_.rows);
    apart += std::abs(shares[part] - usual) / 2;
    // A part that is there at all counts: a window may be longer than twenty parts.
    mix[part] = static_cast<std::uint8_t>(shares[part] > 0 ? std::max(1.0, std::round(grain * shares[part])) : 0);
  }
  return apart <= much_the_same ? Mix() : mix;
}

std::vector<std::size_t> SeasonalReference::rows_like(const Mix& mix) const {
  double most = std::numeric_limits<double>::infinity();
  for (std::size_t part = 0; part < mix.size(); ++part)
    if (mix[part] > 0) most = std::min(most, static_cast<double>(by_part_[part].size()) / mix[part]);
  std::vector<std::size_t> rows;
  for (std::size_t part = 0; part < mix.size(); ++part) {
    const auto wanted = static_cast<std::size_t>(std::floor(most * mix[part]));
    for (std::size_t i = 0; i < wanted; ++i) rows.push_back(by_part_[part][i * by_part_[part].size() / wanted]);
  }
  std::ranges::sort(rows);
  return rows;
}

Reference SeasonalReference::prepare_for(const Mix& mix) const {
  const auto rows = rows_like(mix);
  Reference result = whole_;
  if (rows.size() < min_rows_) {
    if (!promised_) return whole_;
    for (const auto& column : seasonal_.columns) {
      auto left_out = std::make_shared<ColumnReference>();
      left_out->name = column.name;
      left_out->kind = column.kind;
      left_out->comparable = false;
      result = result.with(column.name, std::move(left_out));
    }
    return result;
  }
  const Table like = seasonal_.pick(rows);
  for (std::size_t c = 0; c < like.columns.size(); ++c) {
    const std::string& name = like.columns[c].name;
    auto column = std::make_shared<ColumnReference>(ColumnReference::prepare(like.view(c, 0, like.rows)));
    column->inflation = calibration_.of(name).inflation;
    result = result.with(name, std::move(column));
  }
  return result;
}

const Reference& SeasonalReference::at(std::span<const TimePoint> window) {
  if (by_part_.empty() || window.empty()) return whole_;
  const Mix mix = mix_of(window);
  if (mix.empty()) return whole_;
  if (const auto known = prepared_.find(mix); known != prepared_.end()) return known->second;
  if (prepared_.size() >= by_part_.size()) prepared_.clear();
  return prepared_.emplace(mix, prepare_for(mix)).first->second;
}

}  // namespace perennial::drift
