#include "stats/mmd.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

std::vector<float> squared_distances(const std::vector<double>& points) {
  std::vector<float> result;
  for (const double a : points)
    for (const double b : points) result.push_back(static_cast<float>((a - b) * (a - b)));
  return result;
}

std::vector<double> draw(Rng& rng, std::size_t n, std::size_t m, double shift, double spread = 1) {
  std::vector<double> points(n + m);
  for (std::size_t i = 0; i < n + m; ++i) points[i] = rng.normal() * (i < n ? 1 : spread) + (i < n ? 0 : shift);
  return points;
}

TEST(Mmd, equals_its_definition) {
  Rng rng(1);
  const std::size_t n = 30;
  const std::size_t m = 20;
  const auto points = draw(rng, n, m, 0.5);
  const auto result = mmd(squared_distances(points), n, m, 1);
  const auto mean = [&](std::size_t a, std::size_t a_end, std::size_t b, std::size_t b_end) {
    double sum = 0;
    for (std::size_t i = a; i < a_end; ++i)
      for (std::size_t j = b; j < b_end; ++j) {
        const double apart = points[i] - points[j];
        sum += std::exp(-apart * apart / (2 * result.bandwidth * result.bandwidth));
      }
    return sum / static_cast<double>((a_end - a) * (b_end - b));
  };
  EXPECT_NEAR(result.statistic, mean(0, n, 0, n) + mean(n, n + m, n, n + m) - 2 * mean(0, n, n, n + m), 1e-6);
}

// 400 pairs of one distribution: 5 % give or take three binomial standard errors.
TEST(Mmd, keeps_its_level_and_sees_what_a_mean_does_not_show) {
  Rng rng(2);
  int alarms = 0;
  int shifts = 0;
  int spreads = 0;
  for (int run = 0; run < 400; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    alarms += mmd(squared_distances(draw(rng, 50, 40, 0)), 50, 40, seed).p_value < 0.05;
    if (run >= 40) continue;
    shifts += mmd(squared_distances(draw(rng, 50, 40, 1)), 50, 40, seed).p_value < 0.05;
    spreads += mmd(squared_distances(draw(rng, 100, 80, 0, 3)), 100, 80, seed).p_value < 0.05;
  }
  EXPECT_LE(alarms, 33);
  EXPECT_GE(alarms, 7);
  EXPECT_GE(shifts, 38);
  EXPECT_GE(spreads, 38);
}

TEST(Mmd, the_same_seed_gives_the_same_p_value) {
  Rng rng(3);
  const auto distances = squared_distances(draw(rng, 60, 60, 0.3));
  EXPECT_EQ(mmd(distances, 60, 60, 5).p_value, mmd(distances, 60, 60, 5).p_value);
  EXPECT_NE(mmd(distances, 60, 60, 5).p_value, mmd(distances, 60, 60, 6).p_value);
}

TEST(Mmd, edges_are_no_evidence) {
  EXPECT_EQ(mmd({}, 0, 0, 1).p_value, 1);
  EXPECT_EQ(mmd(std::vector<float>(1), 1, 0, 1).p_value, 1);
  EXPECT_EQ(mmd(std::vector<float>(100), 5, 5, 1).p_value, 1);    // all points are one
  EXPECT_EQ(mmd(std::vector<float>(99), 5, 5, 1).p_value, 1);     // not a square
  EXPECT_EQ(mmd({}, mmd_points, 1, 1).p_value, 1);                // too many
  EXPECT_EQ(mmd(squared_distances({0, 1}), 1, 1, 1).p_value, 1);  // both orders give the same
  Rng rng(4);
  EXPECT_NEAR(mmd(squared_distances(draw(rng, 50, 50, 100)), 50, 50, 1).p_value, 1.0 / (mmd_permutations + 1), 1e-15);
}

}  // namespace
}  // namespace perennial::stats
