#include "lifecycle/evidence/training_reference.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"
#include "drift/calibration.hpp"
#include "drift/detect.hpp"
#include "drift/seasonal_reference.hpp"

namespace perennial::lifecycle {
namespace {

Table made(std::size_t rows) {
  Rng rng(4);
  Table table;
  table.rows = rows;
  table.columns = {Column{"a", ColumnKind::numeric, {}, {}, nullptr}};
  for (std::size_t row = 0; row < rows; ++row) {
    table.columns[0].numbers.push_back(rng.normal());
    table.times.push_back(TimePoint(std::chrono::minutes(row)));
  }
  return table;
}

training::RunResult run_on(std::size_t first, std::size_t count) {
  training::RunResult run;
  run.first_row = first;
  for (std::size_t row = 0; row < count; ++row) run.split.train.push_back(row);
  return run;
}

drift::DriftSettings settings(const std::string& yaml) {
  const auto node = ConfigNode::parse(yaml, "test.yaml");
  return *drift::DriftSettings::parse(*node);
}

TEST(TrainingReference, without_a_budget_is_rows_alone) {
  const auto reference =
      training_reference(made(3000), run_on(0, 2000), settings("{every: 100rows, window: 300rows, min_rows: 200}"));
  EXPECT_TRUE(reference.calibration.is_null());
  EXPECT_EQ(reference.rows.rows, drift::reference_rows_worth({}, 2000));
  EXPECT_EQ(reference.rows.times.front(), TimePoint{});
}

// Four weeks of hourly windows with warm days and cold nights, a budget for nobody.
TEST(TrainingReference, a_night_is_no_drift_where_nothing_is_promised_either) {
  constexpr std::size_t rows_per_hour = 60;
  constexpr std::size_t learned = 28 * 24 * rows_per_hour;
  Table table = made(learned + 7 * 24 * rows_per_hour);
  for (std::size_t row = 0; row < table.rows; ++row)
    table.columns[0].numbers[row] += 2 * std::sin(static_cast<double>(row / rows_per_hour % 24) / 24 * 6.2831853);
  const auto monitor = settings("{every: 1h, window: 60rows, min_rows: 30}");
  const auto reference = training_reference(table, run_on(0, learned), monitor);
  ASSERT_TRUE(reference.calibration.is_object()) << "the season is known after a restart";
  auto calibration = drift::calibration_from_json(reference.calibration);
  ASSERT_TRUE(calibration.has_value());
  EXPECT_TRUE(calibration->of("a").seasonal);
  EXPECT_EQ(calibration->of("a").inflation, drift::Inflation{}) << "dependence is a matter of the budget";

  auto seasonal =
      drift::SeasonalReference::prepare(drift::views_of(reference.rows), reference.rows.times, monitor, *calibration);
  auto plain = drift::SeasonalReference::prepare(drift::views_of(reference.rows), reference.rows.times, monitor, {});
  int seasonal_alarms = 0;
  int plain_alarms = 0;
  int shifts_seen = 0;
  for (std::size_t first = learned; first < table.rows; first += rows_per_hour) {
    Table hour = table.slice(first, rows_per_hour);
    seasonal_alarms += drift::detect(seasonal.at(hour.times), drift::views_of(hour), monitor).drift;
    plain_alarms += drift::detect(plain.at(hour.times), drift::views_of(hour), monitor).drift;
    for (double& value : hour.columns[0].numbers) value += 2;
    shifts_seen += drift::detect(seasonal.at(hour.times), drift::views_of(hour), monitor).drift;
  }
  EXPECT_LE(seasonal_alarms, 7) << "of 168 looks at a level of 1 %";
  EXPECT_GE(plain_alarms, 80);
  EXPECT_GE(shifts_seen, 160);
}

TEST(TrainingReference, with_a_budget_has_what_was_learned_and_rehearsed) {
  const auto reference = training_reference(
      made(6000), run_on(0, 6000),
      settings("{every: 100rows, window: 300rows, min_rows: 200, alarm_budget: {alarms: 1, per: 1000000rows}}"));
  ASSERT_TRUE(reference.calibration.is_object());
  EXPECT_EQ(reference.calibration.at("looks_rehearsed"), 20);
  EXPECT_EQ(reference.calibration.at("alarms_rehearsed"), 0);
  EXPECT_GT(reference.calibration.at("level"), 0);
  EXPECT_TRUE(drift::calibration_from_json(reference.calibration).has_value()) << "the monitor reads it again";
}

TEST(TrainingReference, of_a_candidate_counts_from_its_own_first_row) {
  const auto reference =
      training_reference(made(3000), run_on(1000, 50), settings("{every: 100rows, window: 300rows, min_rows: 200}"));
  ASSERT_EQ(reference.rows.rows, 50U);
  EXPECT_EQ(reference.rows.times.front(), TimePoint(std::chrono::minutes(1000)));
  EXPECT_EQ(reference.rows.times.back(), TimePoint(std::chrono::minutes(1049)));
}

}  // namespace
}  // namespace perennial::lifecycle
