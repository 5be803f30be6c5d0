// Does a stated budget hold? Streams in which nothing changes: independent rows, rows that depend on the one before,
// and rows that depend on the hour of the week. One quarter is 2184 hourly looks at 500 rows each; the reference is the
// 28 days before. PERENNIAL_ALARM_STREAMS sets how many streams there are (`make sim-alarms`: 300, 60 of 200 columns).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "simulated_streams.hpp"
#include "stats/special.hpp"

namespace perennial::drift {
namespace {

using namespace simulated;

struct Streamed {
  std::uint64_t alarms = 0;
  std::uint64_t seen = 0;  ///< of `shifted` single looks at a shift of half a deviation in one column
  std::uint64_t shifted = 0;
  bool seen_within_a_day = false;  ///< an alarm in 24 looks at the same shift, which add up
};

Streamed watch(Kind kind, std::size_t columns, std::uint64_t seed) {
  Monitored monitor(kind, columns, seed);
  Streamed result;
  Alarm alarm;
  for (std::size_t look = 0; look < quarter; ++look) {
    monitor.advance();
    const Alarm after = next(alarm, monitor.look().verdict, monitor.settings().hold);
    if (after.raised && !alarm.raised) ++result.alarms;
    alarm = after;
  }
  // Each is the first shifted look after quiet ones: what it adds up to is not kept.
  for (result.shifted = 0; result.shifted < 20; ++result.shifted) {
    monitor.advance({0.5, 0});
    if (monitor.glance().drift) ++result.seen;
  }
  for (std::size_t look = 0; look < 24 && !result.seen_within_a_day; ++look) {
    monitor.advance({0.5, 0});
    result.seen_within_a_day = monitor.look().drift;
  }
  return result;
}

struct Campaign {
  std::vector<std::uint64_t> alarms;  ///< by stream
  double power = 0;
  double power_within_a_day = 0;

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

Campaign campaign(Kind kind, std::size_t columns, std::size_t streams) {
  std::vector<Streamed> results(streams);
  in_parallel(streams, [&](std::size_t s) { results[s] = watch(kind, columns, 1000 * columns + s); });
  Campaign result;
  double seen = 0;
  double shifted = 0;
  for (const auto& one : results) {
    result.alarms.push_back(one.alarms);
    seen += static_cast<double>(one.seen);
    shifted += static_cast<double>(one.shifted);
    result.power_within_a_day += one.seen_within_a_day ? 1 / static_cast<double>(streams) : 0;
  }
  result.power = seen / shifted;
  fmt::print(
      "{:15} {:4} columns, {:3} streams: {:.2f} alarms per quarter, upper bound {:.2f}; budget {}; half a deviation is "
      "seen by one look in {:.0f} %, within a day in {:.0f} %\n",
      name_of(kind), columns, streams, result.mean(), result.upper(), budget_per_quarter, 100 * result.power,
      100 * result.power_within_a_day);
  std::fflush(stdout);
  return result;
}

TEST(AlarmBudget, stable_streams_raise_no_more_alarms_than_were_promised) {
  const bool whole = whole_draw();
  double independent = 0;
  double independent_streams = 0;
  for (const std::size_t columns : {std::size_t{1}, std::size_t{10}, std::size_t{200}}) {
    if (!whole && columns > 10) continue;  // 200 columns take half a minute per stream and core: `make sim-alarms`
    const std::size_t streams = columns > 10 ? std::max<std::size_t>(1, streams_wanted(20) / 5) : streams_wanted(20);
    for (const Kind kind : kinds) {
      const auto found = campaign(kind, columns, streams);
      // With 20 streams the bound of a budget that is kept exactly lies at 1.4; chance takes it to 1.9 once in thirty.
      EXPECT_LE(found.upper(), (whole ? 1.5 : 1.9) * budget_per_quarter) << name_of(kind) << ' ' << columns;
      // 500 of these dependent rows are worth 60 independent ones, and of more columns each has to be surer: what one
      // look seldom shows (in 20, 9 and 2 of 100, where a quiet one errs in one of 2184), the day shows.
      constexpr double quiet_look = budget_per_quarter / quarter;
      const double seldom = columns > 10 ? 20 * quiet_look : 0.03;
      EXPECT_GT(found.power, kind == Kind::autocorrelated ? seldom : 0.8) << name_of(kind) << ' ' << columns;
      EXPECT_GT(found.power_within_a_day, 0.95) << name_of(kind) << ' ' << columns;
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
