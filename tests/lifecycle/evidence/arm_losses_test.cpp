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
  ArmLosses losses(two_kinds(), 100);
  losses.add(batch, "1.0.2", "1.0.1", TimePoint{} + std::chrono::minutes(1));
  EXPECT_EQ(losses.targets()[0].champion, (std::vector<double>{1, 1})) << "rows 1 and 4; 0 is too old, 5 unlabelled";
  EXPECT_EQ(losses.targets()[0].challenger, (std::vector<double>{4, 4}));
  EXPECT_EQ(losses.targets()[1].champion.size(), 3u);
}

TEST(ArmLosses, a_row_that_fell_back_belongs_to_neither_arm) {
  auto batch = joined(3);
  score(batch, "1.0.1", Arm::champion, {0, 1}, 1, 0.5F, true);
  score(batch, "1.0.2", Arm::challenger, {2}, 2, 0.5F, true);
  batch.versions[1].failed[1] = 1;
  ArmLosses losses(two_kinds(), 100);
  losses.add(batch, "1.0.2", "1.0.1", TimePoint{});
  EXPECT_EQ(losses.targets()[0].champion.size(), 1u);
  EXPECT_EQ(losses.targets()[0].challenger.size(), 1u);
}

TEST(ArmLosses, the_newest_rows_of_each_arm_are_kept) {
  ArmLosses losses(two_kinds(), 2);
  for (int time = 1; time <= 5; ++time) {
    auto batch = joined(1);
    score(batch, "a", Arm::champion, {0}, static_cast<float>(time), 0.5F, true);
    losses.add(batch, "b", "a", TimePoint{});
  }
  EXPECT_EQ(losses.targets()[0].champion, (std::vector<double>{16, 25}));
  EXPECT_TRUE(losses.targets()[0].challenger.empty());
}

}  // namespace
}  // namespace perennial::lifecycle
