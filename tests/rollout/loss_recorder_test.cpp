#include "rollout/loss_recorder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::rollout {
namespace {

TEST(LossRecorder, pairs_are_looked_at_when_planned_and_kept_as_they_were) {
  Plan plan = default_plan();
  plan.min_samples = 10;  // looks at 10, 20, 40, 80
  PairedRecorder recorder(plan);
  EXPECT_EQ(recorder.evidence().now.n, 0u);
  for (int row = 1; row <= 25; ++row) {
    recorder.add({.challenger = row <= 10 ? 1.0 : 3.0, .champion = 2});
    if (row == 3) recorder.add({.challenger = std::numeric_limits<double>::quiet_NaN(), .champion = 2});  // not a row
  }
  const auto evidence = recorder.evidence();
  EXPECT_EQ(evidence.now.n, 25u);
  EXPECT_EQ(evidence.now.champion, 2);
  EXPECT_NEAR(evidence.now.difference, (15.0 - 10) / 25, 1e-12);
  ASSERT_EQ(evidence.looks.size(), 2u);
  EXPECT_EQ(evidence.looks[0].n, 10u);
  EXPECT_EQ(evidence.looks[0].difference, -1);
  EXPECT_EQ(evidence.looks[0].standard_error, 0);
  EXPECT_EQ(evidence.looks[1].n, 20u);
  EXPECT_NEAR(evidence.looks[1].difference, 0, 1e-12);
}

TEST(LossRecorder, arms_are_looked_at_when_the_smaller_one_has_the_rows) {
  Plan plan = default_plan();
  plan.min_samples = 10;
  ArmRecorder recorder(plan);
  Rng rng(1);
  for (int row = 0; row < 100; ++row) recorder.add_champion({.value = rng.normal()});
  recorder.add_challenger({.value = 1 + rng.normal()});
  EXPECT_EQ(recorder.evidence().now.n, 0u) << "one row has no spread";
  for (int row = 1; row < 9; ++row) recorder.add_challenger({.value = 1 + rng.normal()});
  EXPECT_TRUE(recorder.evidence().looks.empty());
  recorder.add_challenger({.value = 1 + rng.normal()});
  ASSERT_EQ(recorder.evidence().looks.size(), 1u);
  EXPECT_EQ(recorder.evidence().now.n, 10u);
  EXPECT_GT(recorder.evidence().now.standard_error, 0.15);
  EXPECT_LT(recorder.evidence().now.effective_n, 20) << "as many as the smaller arm knows its spread by";
}

TEST(LossRecorder, an_arm_of_one_entity_is_no_evidence_and_one_of_few_is_little) {
  Rng rng(2);
  ArmRecorder one(default_plan());
  ArmRecorder few(default_plan());
  ArmRecorder nameless(default_plan());
  for (std::uint64_t row = 0; row < 2000; ++row) {
    const double level = row % 4 == 0 ? 1 : 0;
    for (auto* recorder : {&one, &few}) recorder->add_champion({.value = rng.normal()}, row % 50);
    one.add_challenger({.value = rng.normal()}, 99);
    few.add_challenger({.value = level + rng.normal()}, 100 + row % 4);
    nameless.add_champion({.value = rng.normal()});
    nameless.add_challenger({.value = level + rng.normal()});
  }
  EXPECT_EQ(one.evidence().now.n, 0u);
  EXPECT_GT(few.evidence().now.standard_error, 4 * nameless.evidence().now.standard_error);
  EXPECT_LT(few.evidence().now.effective_n, 6);
}

TEST(LossRecorder, a_look_that_would_say_nothing_waits) {
  Plan plan = default_plan();
  plan.min_samples = 10;
  ArmRecorder recorder(plan);
  Rng rng(3);
  for (std::uint64_t row = 0; row < 50; ++row) {
    recorder.add_champion({.value = rng.normal()}, row);
    recorder.add_challenger({.value = rng.normal()}, 1000);
  }
  EXPECT_TRUE(recorder.evidence().looks.empty()) << "one entity";
  recorder.add_challenger({.value = rng.normal()}, 1001);
  ASSERT_EQ(recorder.evidence().looks.size(), 1u);
  EXPECT_GT(recorder.evidence().looks[0].n, 0u);
  EXPECT_GT(recorder.evidence().looks[0].standard_error, 0);
}

TEST(LossRecorder, what_the_versions_state_is_the_least_spread) {
  PairedRecorder recorder(default_plan());
  for (int row = 0; row < 100; ++row)
    recorder.add({.challenger = 0.011, .champion = 0.01, .difference_variance = 4, .over_margin_variance = 9});
  EXPECT_DOUBLE_EQ(recorder.evidence().now.standard_error, 0.2);
  EXPECT_DOUBLE_EQ(recorder.evidence().now.over_margin_error, 0.3);
}

TEST(LossRecorder, an_epoch_begins_every_min_samples_rows) {
  const Plan plan = default_plan();
  PairedRecorder recorder(plan);
  for (int row = 0; row < 2500; ++row) recorder.add({.challenger = row < 2000 ? 0.0 : 1.0, .champion = 0});
  EXPECT_EQ(recorder.evidence().epoch, 2u);
  EXPECT_EQ(recorder.evidence().recent.n, 500u);
  EXPECT_EQ(recorder.evidence().recent.difference, 1);
  EXPECT_EQ(recorder.evidence().now.n, 2500u);
}

}  // namespace
}  // namespace perennial::rollout
