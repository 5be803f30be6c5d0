#include "drift/calibration.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"
#include "drift/detect.hpp"
#include "drift/rehearsal.hpp"

namespace perennial::drift {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

const TimePoint monday = TimePoint(std::chrono::sys_days(std::chrono::year(2024) / 1 / 1));

/// `rows` rows, one every `step`, of columns: `plain` independent, `slow` AR(1), `weekly` with its level on weekends.
Table history(std::size_t rows, Duration step, std::uint64_t seed, TimePoint from = monday) {
  Rng rng(seed);
  Table table;
  table.rows = rows;
  Column plain{"plain", ColumnKind::numeric, {}, {}, nullptr};
  Column slow{"slow", ColumnKind::numeric, {}, {}, nullptr};
  Column weekly{"weekly", ColumnKind::numeric, {}, {}, nullptr};
  double state = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    const TimePoint at = from + step * static_cast<Duration::rep>(row);
    table.times.push_back(at);
    plain.numbers.push_back(rng.normal());
    state = 0.8 * state + 0.6 * rng.normal();
    slow.numbers.push_back(state);
    weekly.numbers.push_back(rng.normal() + (part_of_week(at, hours(24)) >= 5 ? 1.5 : 0));
  }
  table.columns = {plain, slow, weekly};
  return table;
}

TEST(Calibration, parts_of_the_week_begin_on_monday_also_before_1970) {
  EXPECT_EQ(part_of_week(monday, hours(1)), 0u);
  EXPECT_EQ(part_of_week(monday + minutes(59), hours(1)), 0u);
  EXPECT_EQ(part_of_week(monday + hours(25), hours(1)), 25u);
  EXPECT_EQ(part_of_week(monday - minutes(1), hours(24)), 6u);
  EXPECT_EQ(part_of_week(TimePoint(std::chrono::sys_days(std::chrono::year(1950) / 1 / 2)), hours(24)), 0u);
  EXPECT_EQ(part_of_week(TimePoint(std::chrono::sys_days(std::chrono::year(1950) / 1 / 1)), hours(6)), 24u);
}

TEST(Calibration, learns_how_dependent_rows_are_and_what_follows_the_week) {
  const Table table = history(60000, minutes(1), 3);  // six weeks
  const auto learned = Calibration::learn(views_of(table), table.times, 60);
  EXPECT_EQ(learned.blocks, 1000u);
  EXPECT_EQ(learned.part, Duration(hours(1)));
  EXPECT_FALSE(learned.of("plain").seasonal);
  EXPECT_LT(learned.of("plain").inflation.location, 1.2);
  EXPECT_FALSE(learned.of("slow").seasonal);
  // (1 + 0.8) / (1 - 0.8) = 9 in the limit of long windows, of ranks a little less.
  EXPECT_NEAR(learned.of("slow").inflation.location, 8, 1.2);
  EXPECT_TRUE(learned.of("weekly").seasonal);
  EXPECT_LT(learned.of("weekly").inflation.location, 1.3) << "the week is not dependence";
  EXPECT_EQ(learned.of("unheard of"), ColumnCalibration{});

  const auto without_times = Calibration::learn(views_of(table), {}, 60);
  EXPECT_FALSE(without_times.seasonal());
  EXPECT_GT(without_times.of("weekly").inflation.location, 10) << "without times the week is dependence";
}

TEST(Calibration, needs_two_weeks_for_a_season_and_twenty_blocks_for_anything) {
  const Table short_one = history(13 * 24 * 60, minutes(1), 4);
  EXPECT_FALSE(Calibration::learn(views_of(short_one), short_one.times, 60).seasonal());
  const Table few = history(400, minutes(1), 5);
  EXPECT_FALSE(Calibration::learn(views_of(few), few.times, 60).known());
  EXPECT_TRUE(Calibration::learn(views_of(few), few.times, 10).known());
  EXPECT_FALSE(Calibration::learn({}, {}, 10).known());
}

TEST(Calibration, is_the_same_after_a_trip_through_json) {
  const Table table = history(60000, minutes(1), 6);
  const auto learned = Calibration::learn(views_of(table), table.times, 60);
  const auto again = calibration_from_json(to_json(learned));
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(*again, learned);
}

DriftSettings settings_of(std::uint64_t window) {
  DriftSettings settings;
  settings.every = {hours(1), 0};
  settings.window.rows = window;
  settings.min_rows = 50;
  settings.tests = {{"ks", {}}, {"rank_sum", {}}};
  settings.budget = {1, {std::chrono::days(90), 0}};
  return settings;
}

// The reference's week is no drift, a new level of the weekend is.
TEST(Calibration, trap_18_a_weekend_is_compared_with_weekends) {
  const Table before = history(60000, minutes(1), 7);
  const auto settings = settings_of(60);
  const auto calibration = Calibration::learn(views_of(before), before.times, 60);
  auto reference = SeasonalReference::prepare(views_of(before), before.times, settings, calibration);
  const auto naive = Reference::prepare(views_of(before), settings);

  const TimePoint saturday = monday + hours(24 * 7 * 8 + 24 * 5 + 10);
  const Table weekend = history(60, minutes(1), 8, saturday);
  EXPECT_TRUE(detect(naive, views_of(weekend), settings).drift) << "what a plain reference says of every weekend";
  EXPECT_FALSE(detect(reference.at(weekend.times), views_of(weekend), settings).drift);

  Table new_level = weekend;
  for (double& value : new_level.columns[2].numbers) value += 1.5;
  const auto report = detect(reference.at(new_level.times), views_of(new_level), settings);
  EXPECT_EQ(report.drifting_columns, std::vector<std::string>{"weekly"});

  const Table tuesday = history(60, minutes(1), 9, monday + hours(24 * 7 * 8 + 34));
  Table weekend_on_tuesday = tuesday;
  for (double& value : weekend_on_tuesday.columns[2].numbers) value += 1.5;
  EXPECT_TRUE(detect(reference.at(tuesday.times), views_of(weekend_on_tuesday), settings).drift)
      << "a weekend's values on a Tuesday are drift";
  // A window over whole weeks has the week's own mix, and one over two days the mix of these.
  const Table week = history(7 * 24 * 60, minutes(1), 10, monday + hours(24 * 7 * 8));
  EXPECT_FALSE(detect(reference.at(week.times), views_of(week), settings).drift);
  const Table two_days = history(2 * 24 * 60, minutes(1), 11, monday + hours(24 * 7 * 8 + 24 * 4));
  EXPECT_FALSE(detect(reference.at(two_days.times), views_of(two_days), settings).drift);
}

TEST(Calibration, a_part_of_the_week_with_too_few_rows_is_left_out_of_the_report) {
  const Table before = history(60000, minutes(1), 12);
  auto settings = settings_of(60);
  settings.min_rows = 400;  // an hour of the week has some 360 rows
  auto reference = SeasonalReference::prepare(views_of(before), before.times, settings,
                                              Calibration::learn(views_of(before), before.times, 60));
  const Table now = history(500, std::chrono::seconds(5), 13, monday + hours(24 * 7 * 8 + 3));
  const auto report = detect(reference.at(now.times), views_of(now), settings);
  EXPECT_EQ(report.verdict, Verdict::pass);
  for (const auto& column : report.columns) EXPECT_NE(column.column, "weekly") << column.test;
}

TEST(Calibration, the_rehearsal_counts_alarms_on_the_reference_itself) {
  const Table before = history(60000, minutes(1), 14);
  auto settings = settings_of(60);
  auto calibrated = SeasonalReference::prepare(views_of(before), before.times, settings,
                                               Calibration::learn(views_of(before), before.times, 60));
  const auto kept = rehearse(calibrated, views_of(before), before.times, settings);
  EXPECT_EQ(kept.looks, 1000u);
  EXPECT_LE(kept.alarms, 3u);
  auto naive = SeasonalReference::prepare(views_of(before), before.times, settings, {});
  EXPECT_GT(rehearse(naive, views_of(before), before.times, settings).alarms, 20u);
}

}  // namespace
}  // namespace perennial::drift
