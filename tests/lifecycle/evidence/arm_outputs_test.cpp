#include "lifecycle/evidence/arm_outputs.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::lifecycle {
namespace {

TimePoint output_second(int s) { return TimePoint(std::chrono::hours(480'000) + std::chrono::seconds(s)); }

/// `rows` rows from `first` on, a second apart: the champion answers i, the challenger i + 2; every fourth row of the
/// challenger fails.
feedback::PredictionRecord answers(int first, int rows) {
  feedback::PredictionRecord record;
  feedback::ScoredVersion champion{"1.0.0", feedback::Arm::champion, {}, {}, {}};
  feedback::ScoredVersion challenger{"1.0.1", feedback::Arm::shadow, {}, {}, {}};
  champion.outputs.width = challenger.outputs.width = 1;
  for (int i = first; i < first + rows; ++i) {
    record.ids.push_back(std::to_string(i));
    record.request.times.push_back(output_second(i));
    champion.outputs.values.push_back(static_cast<float>(i));
    champion.scored.push_back(1);
    champion.failed.push_back(0);
    const bool fails = i % 4 == 0;
    challenger.outputs.values.push_back(fails ? std::nanf("") : static_cast<float>(i + 2));
    challenger.scored.push_back(fails ? 0 : 1);
    challenger.failed.push_back(fails ? 1 : 0);
    record.answered.push_back(0);
  }
  champion.outputs.rows = challenger.outputs.rows = static_cast<std::size_t>(rows);
  record.request.rows = static_cast<std::size_t>(rows);
  record.versions = {champion, challenger};
  return record;
}

TEST(ArmOutputs, counts_mean_and_spread_of_this_phase_alone) {
  ArmOutputs outputs({{"days", Task::regression, {}}});
  outputs.add(answers(0, 50));
  EXPECT_TRUE(outputs.to_json().empty()) << "no rollout runs";
  outputs.begin("1.0.1", "1.0.0", output_second(99));
  outputs.add(answers(0, 100));  // asked before the phase began, scored late
  outputs.add(answers(100, 200));
  Json days = outputs.to_json().at("days").at(0);
  EXPECT_EQ(days.at("output"), "value");
  EXPECT_EQ(days.at("champion").at("rows"), 200);
  EXPECT_EQ(days.at("challenger").at("rows"), 150) << "rows that failed are no answers";
  EXPECT_NEAR(days.at("champion").at("mean").get<double>(), 199.5, 1e-9);
  EXPECT_NEAR(days.at("champion").at("std").get<double>(), std::sqrt(200.0 * 201 / 12), 1e-9);
  EXPECT_NEAR(days.at("challenger").at("mean").get<double>(), 200 + 2, 1e-9);
  EXPECT_NEAR(days.at("difference").get<double>(), 2.5, 1e-9);
  EXPECT_FALSE(days.at("insufficient").get<bool>());

  outputs.begin("1.0.1", "1.0.0", output_second(299));
  outputs.add(answers(300, 99));
  days = outputs.to_json().at("days").at(0);
  EXPECT_EQ(days.at("champion").at("rows"), 99);
  EXPECT_TRUE(days.at("insufficient").get<bool>());
  EXPECT_TRUE(days.at("difference").is_null()) << "too few rows to compare";
  outputs.end();
  EXPECT_TRUE(outputs.to_json().empty());
}

TEST(ArmOutputs, other_versions_and_shapes_do_not_count) {
  ArmOutputs outputs({{"churned", Task::binary, {"no", "yes"}}});
  outputs.begin("1.0.1", "1.0.0", output_second(-1));
  outputs.add(answers(0, 10));  // one output where two are expected
  const Json churned = outputs.to_json().at("churned");
  ASSERT_EQ(churned.size(), 2U);
  EXPECT_EQ(churned[1].at("output"), "yes");
  EXPECT_EQ(churned[1].at("champion").at("rows"), 0);
  EXPECT_TRUE(churned[1].at("champion").at("mean").is_null());
}

}  // namespace
}  // namespace perennial::lifecycle
