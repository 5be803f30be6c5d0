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
  rollout::Plan plan = rollout::default_plan();
  plan.min_samples = 2;
  PairedLosses losses(two_kinds(), plan);
  losses.add(batch, "1.0.1", "1.0.0", TimePoint{} + std::chrono::minutes(1));  // row 0 is of the phase before
  EXPECT_EQ(losses.evidence(0).now.n, 2u);
  EXPECT_EQ(losses.evidence(0).now.champion, 4);
  EXPECT_EQ(losses.evidence(0).now.difference, 1 - 4);
  ASSERT_EQ(losses.evidence(0).looks.size(), 1u);
  EXPECT_EQ(losses.evidence(0).looks[0].n, 2u);
  EXPECT_EQ(losses.evidence(1).now.n, 1u);
  EXPECT_TRUE(losses.evidence(1).looks.empty());
  EXPECT_NEAR(losses.evidence(1).now.champion, std::log(2), 1e-6);
  EXPECT_NEAR(losses.evidence(1).now.difference, std::log(4) - std::log(2), 1e-6);
  losses.clear();
  EXPECT_EQ(losses.evidence(0).now.n, 0u);
  EXPECT_TRUE(losses.evidence(0).looks.empty());
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
  PairedLosses losses(two_kinds(), rollout::default_plan());
  losses.add(batch, "1.0.2", "1.0.1", TimePoint{});
  EXPECT_EQ(losses.evidence(0).now.n, 4u);
  EXPECT_EQ(losses.evidence(0).now.champion, 9);
  EXPECT_EQ(losses.evidence(0).now.difference, (1 + 1 + 4 + 4) / 4.0 - 9);
}

TEST(PairedLosses, rows_of_one_entity_are_one_piece_of_evidence) {
  PairedLosses known(two_kinds(), rollout::default_plan());
  PairedLosses nameless(two_kinds(), rollout::default_plan());
  for (int machine = 0; machine < 20; ++machine) {
    auto batch = joined(10);
    std::vector<std::size_t> all(10);
    for (std::size_t row = 0; row < 10; ++row) all[row] = row;
    score(batch, "1.0.0", Arm::champion, all, 2, 0.5F, true);
    score(batch, "1.0.1", Arm::shadow, all, machine % 2 == 0 ? 1.0F : 3.0F, 0.5F, false);
    batch.inputs.entities.clear();
    nameless.add(batch, "1.0.1", "1.0.0", TimePoint{});
    batch.inputs.entities.assign(10, "machine " + std::to_string(machine));
    known.add(batch, "1.0.1", "1.0.0", TimePoint{});
  }
  EXPECT_EQ(known.evidence(0).now.n, 200u);
  EXPECT_LE(known.evidence(0).now.effective_n, 20);
}

}  // namespace
}  // namespace perennial::lifecycle
