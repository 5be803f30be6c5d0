#pragma once
// Streams whose truth is known, and a monitor with a budget that looks at them: hourly looks at 500 rows, a reference
// of the 28 days before, one quarter of 2184 looks. For the simulations of the alarm budget and of the detection delay.

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/rng.hpp"
#include "drift/accumulation.hpp"
#include "drift/alarm.hpp"
#include "drift/calibration.hpp"
#include "drift/detect.hpp"
#include "drift/quick_normal.hpp"
#include "drift/seasonal_reference.hpp"
#include "in_parallel.hpp"

namespace perennial::drift::simulated {

inline constexpr std::size_t rows_per_hour = 500;
inline constexpr std::size_t reference_hours = 28 * 24;
inline constexpr std::size_t quarter = 2184;
inline constexpr double budget_per_quarter = 1;

enum class Kind { independent, autocorrelated, seasonal };
inline constexpr Kind kinds[] = {Kind::independent, Kind::autocorrelated, Kind::seasonal};

inline std::string_view name_of(Kind kind) {
  return kind == Kind::independent ? "independent" : kind == Kind::autocorrelated ? "autocorrelated" : "seasonal";
}

/// A shift of the first column by so many of its rows' standard deviations, from a row of the hour on.
struct Planted {
  double shift = 0;
  std::size_t from_row = 0;
};

/// One column of one stream, hour by hour. Its rows have deviation 1 (around the level of the hour).
class Source {
 public:
  Source(Kind kind, Rng rng) : kind_(kind), rng_(rng) {}
  void fill(std::span<double> rows, std::size_t hour) {
    switch (kind_) {
      case Kind::independent:
        for (double& row : rows) row = normal_(rng_);
        return;
      case Kind::autocorrelated:
        for (double& row : rows) row = state_ = carried * state_ + innovation * normal_(rng_);
        return;
      case Kind::seasonal:
        const double here = level(hour);
        for (double& row : rows) row = here + normal_(rng_);
        return;
    }
  }

 private:
  static constexpr double carried = 0.8;
  static constexpr double innovation = 0.6;  // carried² + innovation² = 1
  static double level(std::size_t hour) {
    const bool weekend = hour % 168 >= 120;
    return 0.8 * std::sin(static_cast<double>(hour % 24) / 24 * 6.283185307179586) + (weekend ? 1.0 : 0.0);
  }
  Kind kind_;
  Rng rng_;
  QuickNormal normal_;
  double state_ = 0;
};

inline DriftSettings budgeted() {
  DriftSettings settings;
  settings.every = {std::chrono::hours(1), 0};
  settings.window.rows = rows_per_hour;
  settings.tests = {{"ks", {}}, {"rank_sum", {}}, {"chi_square", {}}};
  settings.budget = {budget_per_quarter, {std::chrono::hours(quarter), 0}};
  return settings;
}

/// A stream and the monitor that has learned its first 28 days, as the loop does after a training. A copy goes on from
/// here with the same rows as the original.
class Monitored {
 public:
  /// rows_only: nothing is learned, and there is nothing to look with.
  enum class Learning { all, rows_only };

  /// `with_reference` is shown the rows of the 28 days.
  Monitored(Kind kind, std::size_t columns, std::uint64_t seed, Learning learning = Learning::all,
            const std::function<void(const Table&)>& with_reference = {}) {
    for (std::size_t c = 0; c < columns; ++c)
      sources_.emplace_back(kind, Rng(seed).fork("column " + std::to_string(c)));
    Table rows = empty(reference_hours * rows_per_hour);
    fill(rows, 0, reference_hours);
    hour_ = reference_hours;
    if (with_reference) with_reference(rows);
    if (learning == Learning::all) learn(rows);
  }

  /// The rows of the next hour.
  void advance(const Planted& planted = {}) {
    if (rows_.rows != rows_per_hour) rows_ = empty(rows_per_hour);
    fill(rows_, hour_, 1);
    for (std::size_t row = planted.from_row; planted.shift != 0 && row < rows_per_hour; ++row)
      rows_.columns[0].numbers[row] += planted.shift;
    ++hour_;
    reference_now_ = reference_.at(rows_.times);
  }
  /// What the monitor says of the rows of this hour: once for each hour, and for every hour.
  DriftReport look() { return look_with(accumulation_); }
  /// The same, without a trace of these rows in the looks to come.
  DriftReport glance() const {
    Accumulation copy = accumulation_;
    return look_with(copy);
  }

  const Table& rows() const { return rows_; }
  /// What the rows of this hour are compared with.
  const Reference& reference() const { return reference_now_; }
  const DriftSettings& settings() const { return settings_; }

 private:
  DriftReport look_with(Accumulation& accumulation) const {
    const auto views = views_of(rows_);
    accumulation.take(reference_now_, reference_.calibration(), views, rows_per_hour, settings_.window.rows);
    return detect(reference_now_, views, settings_, {}, &accumulation);
  }

  static TimePoint at(std::size_t hour) {
    return TimePoint(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1)) + std::chrono::hours(hour);
  }

  Table empty(std::size_t rows) const {
    Table table;
    table.rows = rows;
    table.times.resize(rows);
    for (std::size_t c = 0; c < sources_.size(); ++c) {
      Column column;
      column.name = "c" + std::to_string(c);
      column.numbers.resize(rows);
      table.columns.push_back(std::move(column));
    }
    return table;
  }

  void fill(Table& table, std::size_t first, std::size_t hours) {
    for (std::size_t c = 0; c < sources_.size(); ++c)
      for (std::size_t hour = 0; hour < hours; ++hour)
        sources_[c].fill(std::span(table.columns[c].numbers).subspan(hour * rows_per_hour, rows_per_hour),
                         first + hour);
    for (std::size_t row = 0; row < table.rows; ++row)
      table.times[row] = at(first + row / rows_per_hour) + std::chrono::seconds(7 * (row % rows_per_hour));
  }

  void learn(const Table& rows) {
    auto calibration = Calibration::learn(views_of(rows), rows.times, settings_.window.rows);
    const auto kept = reference_rows_worth(calibration, rows.rows);
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < kept; ++i) wanted.push_back(i * rows.rows / kept);
    const Table reference = rows.pick(wanted);
    reference_ = SeasonalReference::prepare(views_of(reference), reference.times, settings_, std::move(calibration));
  }

  DriftSettings settings_ = budgeted();
  std::vector<Source> sources_;
  SeasonalReference reference_;
  Reference reference_now_;
  Accumulation accumulation_;
  Table rows_;
  std::size_t hour_ = 0;
};

/// PERENNIAL_ALARM_STREAMS says how many streams the whole draw has; without it the draw is small.
inline bool whole_draw() { return std::getenv("PERENNIAL_ALARM_STREAMS") != nullptr; }
inline std::size_t streams_wanted(std::size_t usual) {
  const char* text = std::getenv("PERENNIAL_ALARM_STREAMS");
  return text == nullptr ? usual : static_cast<std::size_t>(std::max(1, std::atoi(text)));
}

}  // namespace perennial::drift::simulated
