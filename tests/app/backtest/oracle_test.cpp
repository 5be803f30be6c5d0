#include "app/backtest/oracle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::app {
namespace {

constexpr double none = std::numeric_limits<double>::infinity();

LossMatrix random_matrix(std::size_t points, Rng& rng, double missing = 0) {
  LossMatrix losses(points);
  for (std::size_t model = 0; model < points; ++model) {
    const bool absent = model > 0 && rng.uniform() < missing;
    // Whole numbers, so that sums are exact and ties happen.
    for (std::size_t block = model; block < points; ++block)
      losses.set(model, block, absent ? none : static_cast<double>(rng.below(12)));
  }
  return losses;
}

/// All subsets of the points.
RetrainPlan by_brute_force(const LossMatrix& losses, double price) {
  RetrainPlan best;
  best.total = none;
  for (std::size_t subset = 0; subset < (std::size_t{1} << (losses.points() - 1)); ++subset) {
    std::vector<std::size_t> retrains;
    for (std::size_t point = 1; point < losses.points(); ++point)
      if ((subset >> (point - 1) & 1U) != 0) retrains.push_back(point);
    auto plan = evaluate_plan(losses, retrains, price);
    if (plan.total < best.total) best = std::move(plan);
  }
  return best;
}

TEST(Oracle, costs_as_little_as_the_best_of_all_plans) {
  Rng rng(7);
  for (int round = 0; round < 300; ++round) {
    const std::size_t points = 1 + rng.below(10);
    const auto losses = random_matrix(points, rng, 0.2);
    for (const double price : {0.0, 1.0, 5.0, 20.0}) {
      const auto plan = best_plan(losses, price);
      EXPECT_EQ(plan.total, by_brute_force(losses, price).total) << "round " << round << ", price " << price;
      EXPECT_EQ(plan.total, evaluate_plan(losses, plan.retrains, price).total) << "the plan is what it says it costs";
      EXPECT_EQ(plan.total, plan.loss + price * static_cast<double>(plan.retrains.size()));
    }
  }
}

TEST(Oracle, retrains_less_the_more_it_costs) {
  Rng rng(3);
  const auto losses = random_matrix(40, rng);
  std::size_t before = losses.points();
  for (const double price : {0.0, 1.0, 3.0, 10.0, 1000.0}) {
    const auto plan = best_plan(losses, price);
    EXPECT_LE(plan.retrains.size(), before);
    before = plan.retrains.size();
  }
  EXPECT_EQ(before, 0U) << "at a price above all losses it never retrains";
}

TEST(Oracle, finds_the_planted_change) {
  // Before block 4 the first model is perfect, from then on only models of block 4 and later are.
  LossMatrix losses(8);
  for (std::size_t model = 0; model < 8; ++model)
    for (std::size_t block = model; block < 8; ++block)
      losses.set(model, block, block >= 4 && model < 4 ? 100 : block < 4 ? 0 : 1);
  const auto plan = best_plan(losses, 10);
  EXPECT_EQ(plan.retrains, std::vector<std::size_t>{4});
  EXPECT_EQ(plan.loss, 4);
  EXPECT_EQ(plan.total, 14);
}

TEST(Oracle, of_equal_plans_takes_the_one_without_a_retrain) {
  LossMatrix losses(4);
  for (std::size_t model = 0; model < 4; ++model)
    for (std::size_t block = model; block < 4; ++block) losses.set(model, block, 5);
  EXPECT_TRUE(best_plan(losses, 0).retrains.empty());
}

TEST(Floor, retrains_at_every_point_that_has_a_model) {
  LossMatrix losses(3);
  losses.set(0, 0, 1), losses.set(0, 1, 50), losses.set(0, 2, 50);
  losses.set(1, 1, none), losses.set(1, 2, none);
  losses.set(2, 2, 3);
  const auto floor = every_point(losses);
  EXPECT_EQ(floor.retrains, std::vector<std::size_t>{2});
  EXPECT_EQ(floor.loss, 54) << "the first version goes on where there is no model";
  EXPECT_EQ(floor.total, floor.loss) << "for nothing";
}

TEST(Oracle, one_block_has_one_plan) {
  LossMatrix losses(1);
  losses.set(0, 0, 9);
  EXPECT_TRUE(best_plan(losses, 1).retrains.empty());
  EXPECT_EQ(best_plan(losses, 1).total, 9);
  EXPECT_EQ(every_point(losses).loss, 9);
}

}  // namespace
}  // namespace perennial::app
