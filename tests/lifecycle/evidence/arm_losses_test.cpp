#include "lifecycle/evidence/arm_losses.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "lifecycle/evidence/batch.hpp"

namespace perennial::lifecycle {
namespace {

using feedback::Arm;

TEST(ArmLosses, each_version_is_judged_by_the_rows_that_it_answered) {
  auto batch = joined(6);
  score(batch, "1.0.1", Arm::champion, {0, 1, 4, 5}, 1, 0.5F, true);
  score(batch, "1.0.2", Arm::challenger, {2, 3}, 2, 0.5F, true);
  score(batch, "1.0.2", Arm::shadow, {0}, 9, 0.5F, false);  // a copy that nobody was given
  batch.truth[0][5] = std::nan("");
  ArmLosses losses(two_kinds(), rollout::default_plan());
  losses.add(batch, "1.0.2", "1.0.1", TimePoint{} + std::chrono::minutes(1));
  const auto seen = losses.evidence(0).now;
  EXPECT_EQ(seen.n, 2u);
  EXPECT_EQ(seen.champion, 1) << "rows 1 and 4; 0 is too old, 5 unlabelled";
  EXPECT_EQ(seen.difference, 4 - 1);
  EXPECT_EQ(losses.evidence(1).now.n, 2u) << "three of the champion, two of the challenger";
}

TEST(ArmLosses, a_row_that_fell_back_belongs_to_neither_arm) {
  auto batch = joined(6);
  score(batch, "1.0.1", Arm::champion, {0, 1, 2}, 1, 0.5F, true);
  score(batch, "1.0.2", Arm::challenger, {3, 4, 5}, 2, 0.5F, true);
  batch.versions[1].failed[1] = 1;
  ArmLosses losses(two_kinds(), rollout::default_plan());
  losses.add(batch, "1.0.2", "1.0.1", TimePoint{});
  EXPECT_EQ(losses.evidence(0).now.n, 2u);
}

}  // namespace
}  // namespace perennial::lifecycle
