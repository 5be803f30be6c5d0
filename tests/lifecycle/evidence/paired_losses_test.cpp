#include "lifecycle/evidence/paired_losses.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "lifecycle/evidence/batch.hpp"

namespace perennial::lifecycle {
namespace {

using feedback::Arm;

TEST(PairedLosses, rows_that_both_answered_are_paired_per_target) {
  auto batch = joined(4);
  score(batch, "1.0.0", Arm::champion, {0, 1, 2, 3}, 2, 0.5F, true);
  score(batch, "1.0.1", Arm::shadow, {0, 2, 3}, 1, 0.25F, false);
  batch.truth[1][2] = std::nan("");  // not labelled yet
  PairedLosses losses(two_kinds(), 100);
  losses.add(batch, "1.0.1", "1.0.0", TimePoint{} + std::chrono::minutes(1));  // row 0 is of the phase before
  EXPECT_EQ(losses.rows_total(), 2u);
  EXPECT_EQ(losses.targets()[0].challenger, (std::vector<double>{1, 1}));
  EXPECT_EQ(losses.targets()[0].champion, (std::vector<double>{4, 4}));
  EXPECT_TRUE(std::isnan(losses.targets()[1].champion[0]));
  EXPECT_NEAR(losses.targets()[1].champion[1], std::log(2), 1e-6);
  EXPECT_NEAR(losses.targets()[1].challenger[1], std::log(4), 1e-6);
}

// The second rollout in one block of small requests: the champion was a shadow and a challenger before, and its older
// arms must not hide the present one.
TEST(PairedLosses, a_champion_that_was_a_challenger_in_the_same_batch_is_still_compared) {
  auto batch = joined(6);
  score(batch, "1.0.1", Arm::shadow, {0}, 9, 0.5F, false);
  score(batch, "1.0.1", Arm::challenger, {1}, 9, 0.5F, true);
  score(batch, "1.0.1", Arm::champion, {2, 3, 4, 5}, 3, 0.5F, true);
  score(batch, "1.0.2", Arm::shadow, {2, 3}, 1, 0.5F, false);
  score(batch, "1.0.2", Arm::challenger, {4, 5}, 2, 0.5F, false);
  PairedLosses losses(two_kinds(), 100);
  losses.add(batch, "1.0.2", "1.0.1", TimePoint{});
  EXPECT_EQ(losses.targets()[0].challenger, (std::vector<double>{1, 1, 4, 4}));
  EXPECT_EQ(losses.targets()[0].champion, (std::vector<double>{9, 9, 9, 9}));
}

TEST(PairedLosses, the_newest_rows_are_kept) {
  PairedLosses losses(two_kinds(), 2);
  for (int time = 1; time <= 5; ++time) {
    auto batch = joined(1);
    score(batch, "a", Arm::champion, {0}, static_cast<float>(time), 0.5F, true);
    score(batch, "b", Arm::shadow, {0}, 0, 0.5F, false);
    losses.add(batch, "b", "a", TimePoint{});
  }
  EXPECT_EQ(losses.targets()[0].champion, (std::vector<double>{16, 25}));
  EXPECT_EQ(losses.rows_total(), 5u);
}

}  // namespace
}  // namespace perennial::lifecycle
