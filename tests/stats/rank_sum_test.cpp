#include "stats/rank_sum.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.hpp"
#include "stats/mann_whitney.hpp"

namespace perennial::stats {
namespace {

std::vector<double> draws(Rng& rng, std::size_t count, double mean, double grain) {
  std::vector<double> values(count);
  for (double& value : values) {
    value = mean + rng.normal();
    if (grain > 0) value = std::round(value / grain) * grain;
  }
  return values;
}

TEST(RankSum, agrees_with_the_test_of_two_whole_samples) {
  Rng rng(4);
  for (int round = 0; round < 200; ++round) {
    const double grain = round % 3 == 0 ? 0 : round % 3 == 1 ? 0.1 : 0.5;
    const auto before = draws(rng, 300 + rng.below(2000), 0, grain);
    const auto now = draws(rng, 200 + rng.below(400), 0.1 * (round % 4), grain);
    const auto whole = mann_whitney(before, now);
    const auto prepared = rank_sum(SortedSample(before), now);
    EXPECT_NEAR(prepared.auc, whole.auc, 1e-12);
    // The other corrects for continuity and takes the ties of both sides.
    EXPECT_NEAR(std::log(prepared.p_value), std::log(whole.p_value), 0.05 + 0.02 * std::abs(std::log(whole.p_value)));
  }
}

TEST(RankSum, is_defined_at_the_edges) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const std::vector<double> some = {1, 2, 3, 4};
  for (const auto& now : {std::vector<double>{}, std::vector<double>{nan, nan}}) {
    EXPECT_EQ(rank_sum(SortedSample(some), now).p_value, 1);
    EXPECT_EQ(rank_sum(SortedSample(now), some).p_value, 1);
  }
  EXPECT_EQ(rank_sum(SortedSample(some), std::vector<double>{inf, inf, nan}).auc, 1);
  const std::vector<double> constant(500, 7);
  EXPECT_EQ(rank_sum(SortedSample(constant), constant).p_value, 1);
  EXPECT_LT(rank_sum(SortedSample(constant), std::vector<double>(500, 7.5)).p_value, 1e-6);
  std::vector<double> one_of_many = constant;
  one_of_many[0] = 8;
  EXPECT_GT(rank_sum(SortedSample(constant), one_of_many).p_value, 0.05);
}

TEST(RankSum, dependent_rows_count_for_less) {
  Rng rng(5);
  const SortedSample before(draws(rng, 100000, 0, 0));
  const auto now = draws(rng, 500, 0.3, 0);
  const auto independent = rank_sum(before, now);
  const auto dependent = rank_sum(before, now, 4);
  EXPECT_NEAR(dependent.z, independent.z / 2, 0.02 * std::abs(independent.z));
  EXPECT_GT(dependent.p_value, independent.p_value);
}

}  // namespace
}  // namespace perennial::stats
