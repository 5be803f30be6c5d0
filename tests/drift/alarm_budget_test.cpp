// Does a stated budget hold? Streams in which nothing changes: independent rows, rows that depend on the one before,
// and rows that depend on the hour of the week. One quarter is 2184 hourly looks at 500 rows each; the reference is the
// 28 days before. PERENNIAL_ALARM_STREAMS sets how many streams there are (`make sim-alarms`: 300, 60 of 200 columns).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "core/rng.hpp"
#include "drift/alarm.hpp"
#include "drift/calibration.hpp"
#include "drift/detect.hpp"
#include "drift/rehearsal.hpp"
#include "drift/seasonal_reference.hpp"
#include "stats/special.hpp"

namespace perennial::drift {
namespace {

using std::chrono::hours;

constexpr std::size_t rows_per_hour = 500;
constexpr std::size_t reference_hours = 28 * 24;
constexpr std::size_t quarter = 2184;
constexpr double budget_per_quarter = 1;

enum class Kind { independent, autocorrelated, seasonal };

std::string_view name_of(Kind kind) {
  return kind == Kind::independent ? "independent" : kind == Kind::autocorrelated ? "autocorrelated" : "seasonal";
}

/// One column of one stream, hour by hour; its marginal deviation is about 1.
class Source {
 public:
  Source(Kind kind, Rng rng) : kind_(kind), rng_(rng) {}
  void fill(std::span<double> rows, std::size_t hour, double shift) {
    for (double& row : rows) {
      switch (kind_) {
        case Kind::independent: row = rng_.normal(); break;
        case Kind::autocorrelated:
          row = state_ = carried * state_ + std::sqrt(1 - carried * carried) * rng_.normal();
          break;
        case Kind::seasonal: row = level(hour) + rng_.normal(); break;
      }
      row += shift;
    }
  }

 private:
  static constexpr double carried = 0.8;
  static double level(std::size_t hour) {
    const bool weekend = hour % 168 >= 120;
    return 0.8 * std::sin(static_cast<double>(hour % 24) / 24 * 6.283185307179586) + (weekend ? 1.0 : 0.0);
  }
  Kind kind_;
  Rng rng_;
  double state_ = 0;
};

DriftSettings budgeted() {
  DriftSettings settings;
  settings.every = {hours(1), 0};
  settings.window.rows = rows_per_hour;
  settings.tests = {{"ks", {}}, {"rank_sum", {}}, {"chi_square", {}}};
  settings.budget = {budget_per_quarter, {hours(quarter), 0}};
  return settings;
}

struct Streamed {
  std::uint64_t alarms = 0;
  std::uint64_t seen = 0;  ///< of `shifted` looks at a shift of half a deviation in one column
  std::uint64_t shifted = 0;
};

class Stream {
 public:
  Stream(Kind kind, std::size_t columns, std::uint64_t seed) {
    for (std::size_t c = 0; c < columns; ++c)
      sources_.emplace_back(kind, Rng(seed).fork("column " + std::to_string(c)));
  }

  Streamed run(std::size_t looks) {
    learn();
    Streamed result;
    Alarm alarm;
    for (std::size_t look = 0; look < looks; ++look) {
      const Alarm after = next(alarm, report(reference_hours + look, 0).verdict, settings_.hold);
      if (after.raised && !alarm.raised) ++result.alarms;
      alarm = after;
    }
    for (result.shifted = 0; result.shifted < 20; ++result.shifted)
      if (report(reference_hours + looks + result.shifted, 0.5).drift) ++result.seen;
    return result;
  }

 private:
  static TimePoint at(std::size_t hour) {
    return TimePoint(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1)) + hours(hour);
  }

  Table hours_of(std::size_t first, std::size_t count, double shift) {
    Table table;
    table.rows = count * rows_per_hour;
    for (std::size_t c = 0; c < sources_.size(); ++c) {
      Column column;
      column.name = "c" + std::to_string(c);
      column.numbers.resize(table.rows);
      for (std::size_t hour = 0; hour < count; ++hour)
        sources_[c].fill(std::span(column.numbers).subspan(hour * rows_per_hour, rows_per_hour), first + hour,
                         c == 0 ? shift : 0);
      table.columns.push_back(std::move(column));
    }
    for (std::size_t row = 0; row < table.rows; ++row)
      table.times.push_back(at(first + row / rows_per_hour) + std::chrono::seconds(7 * (row % rows_per_hour)));
    return table;
  }

  /// As the loop does after a training.
  void learn() {
    const Table rows = hours_of(0, reference_hours, 0);
    auto calibration = Calibration::learn(views_of(rows), rows.times, settings_.window.rows);
    const auto kept = reference_rows_worth(calibration, rows.rows);
    std::vector<std::size_t> wanted;
    for (std::size_t i = 0; i < kept; ++i) wanted.push_back(i * rows.rows / kept);
    const Table reference = rows.pick(wanted);
    reference_ = SeasonalReference::prepare(views_of(reference), reference.times, settings_, std::move(calibration));
  }

  DriftReport report(std::size_t hour, double shift) {
    const Table now = hours_of(hour, 1, shift);
    return detect(reference_.at(now.times), views_of(now), settings_);
  }

  DriftSettings settings_ = budgeted();
  std::vector<Source> sources_;
  SeasonalReference reference_;
};

struct Campaign {
  std::vector<std::uint64_t> alarms;  ///< by stream
  double power = 0;

  double mean() const {
    double sum = 0;
    for (const auto one : alarms) sum += static_cast<double>(one);
    return sum / static_cast<double>(alarms.size());
  }
  /// Upper 95 % bound of the rate: Poisson (exact), or by the spread between the streams where that is larger.
  double upper() const {
    const auto n = static_cast<double>(alarms.size());
    const double total = mean() * n;
    double squares = 0;
    for (const auto one : alarms) squares += std::pow(static_cast<double>(one) - mean(), 2);
    const double poisson = stats::chi_squared_quantile_upper(0.05, 2 * (total + 1)) / 2 / n;
    return std::max(poisson, mean() + 1.645 * std::sqrt(squares / std::max(1.0, n - 1) / n));
  }
};

Campaign campaign(Kind kind, std::size_t columns, std::size_t streams, std::size_t looks) {
  std::vector<Streamed> results(streams);
  const std::size_t workers = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 8);
  std::vector<std::jthread> threads;
  for (std::size_t w = 0; w < workers; ++w)
    threads.emplace_back([&, w] {
      for (std::size_t s = w; s < streams; s += workers)
        results[s] = Stream(kind, columns, 1000 * columns + s).run(looks);
    });
  threads.clear();
  Campaign result;
  double seen = 0;
  double shifted = 0;
  for (const auto& one : results) {
    result.alarms.push_back(one.alarms);
    seen += static_cast<double>(one.seen);
    shifted += static_cast<double>(one.shifted);
  }
  result.power = seen / shifted;
  fmt::print(
      "{:15} {:4} columns, {:3} streams: {:.2f} alarms per quarter, upper bound {:.2f}; budget {}; sees half a "
      "deviation in {:.0f} % of the looks\n",
      name_of(kind), columns, streams, result.mean() * quarter / static_cast<double>(looks),
      result.upper() * quarter / static_cast<double>(looks), budget_per_quarter, 100 * result.power);
  std::fflush(stdout);
  return result;
}

std::size_t streams_wanted(std::size_t usual) {
  const char* text = std::getenv("PERENNIAL_ALARM_STREAMS");
  return text == nullptr ? usual : static_cast<std::size_t>(std::max(1, std::atoi(text)));
}

TEST(AlarmBudget, stable_streams_raise_no_more_alarms_than_were_promised) {
  const bool whole = std::getenv("PERENNIAL_ALARM_STREAMS") != nullptr;
  double independent = 0;
  double independent_streams = 0;
  for (const std::size_t columns : {std::size_t{1}, std::size_t{10}, std::size_t{200}}) {
    if (!whole && columns > 10) continue;  // 200 columns take a minute per stream and core: `make sim-alarms`
    const std::size_t streams = columns > 10 ? std::max<std::size_t>(1, streams_wanted(20) / 5) : streams_wanted(20);
    for (const Kind kind : {Kind::independent, Kind::autocorrelated, Kind::seasonal}) {
      const auto found = campaign(kind, columns, streams, quarter);
      // With 20 streams the bound of a budget that is kept exactly lies at 1.4; chance takes it to 1.9 once in thirty.
      EXPECT_LE(found.upper(), (whole ? 1.5 : 1.9) * budget_per_quarter) << name_of(kind) << ' ' << columns;
      EXPECT_GT(found.power, columns > 10 && kind == Kind::autocorrelated ? 0.05 : 0.2)
          << name_of(kind) << ' ' << columns;
      if (kind == Kind::independent) {
        independent += found.mean() * static_cast<double>(streams);
        independent_streams += static_cast<double>(streams);
      }
    }
  }
  const double pooled = independent / independent_streams / budget_per_quarter;
  fmt::print("independent rows, pooled: {:.2f} of the budget\n", pooled);
  EXPECT_GE(pooled, whole ? 0.5 : 0.3);
  EXPECT_LE(pooled, whole ? 1.25 : 1.6);
}

}  // namespace
}  // namespace perennial::drift
