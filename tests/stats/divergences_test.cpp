#include "stats/divergences.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

TEST(Divergences, by_hand) {
  const std::vector<double> p{1, 1};
  const std::vector<double> q{3, 1};
  const double kl = 0.5 * std::log(0.5 / 0.75) + 0.5 * std::log(0.5 / 0.25);
  EXPECT_NEAR(kullback_leibler(p, q), kl, 1e-15);
  EXPECT_NEAR(hellinger(p, q), std::sqrt(1 - std::sqrt(0.5 * 0.75) - std::sqrt(0.5 * 0.25)), 1e-15);
  const std::vector<double> left{5, 0};
  const std::vector<double> right{0, 2};
  EXPECT_EQ(kullback_leibler(left, right), std::numeric_limits<double>::infinity());
  EXPECT_NEAR(jensen_shannon(left, right), std::sqrt(std::log(2)), 1e-15);
  EXPECT_NEAR(hellinger(left, right), 1, 1e-15);
  EXPECT_EQ(kullback_leibler(q, q), 0);
  EXPECT_EQ(jensen_shannon(q, q), 0);
  EXPECT_EQ(hellinger(q, q), 0);
}

TEST(Divergences, nothing_has_no_distance) {
  const std::vector<double> some{1, 2};
  const std::vector<double> zeros{0, 0};
  for (const auto& [p, q] : {std::pair{some, zeros}, std::pair{zeros, some}, std::pair{zeros, zeros}}) {
    EXPECT_TRUE(std::isnan(kullback_leibler(p, q)));
    EXPECT_TRUE(std::isnan(jensen_shannon(p, q)));
    EXPECT_TRUE(std::isnan(hellinger(p, q)));
  }
  EXPECT_EQ(kullback_leibler(BinShares{}, 0.01).value, 0);
  EXPECT_EQ(jensen_shannon(BinShares{}, 0.01).noise_bound, 0);
}

// 2000 windows of one distribution and one reference each: 1 % of them pass the 1 % noise bound, give or take three
// binomial standard errors on the upper side; and the bound is not so wide that it would hide what it should show.
TEST(Divergences, noise_stays_below_its_bound_at_any_window_size) {
  for (const std::size_t rows : {200u, 1000u, 5000u}) {
    Rng rng(rows);
    int above[3] = {};
    for (int run = 0; run < 2000; ++run) {
      BinCounts counts{std::vector<double>(10), std::vector<std::uint64_t>(10)};
      for (std::size_t i = 0; i < 2000; ++i) counts.reference[rng.below(10)] += 1;
      for (std::size_t i = 0; i < rows; ++i) counts.current[rng.below(10)] += 1;
      const auto shares = smoothed_shares(counts);
      const Distance distances[] = {kullback_leibler(shares, 0.01), jensen_shannon(shares, 0.01),
                                    hellinger(shares, 0.01)};
      for (int k = 0; k < 3; ++k) above[k] += distances[k].value > distances[k].noise_bound;
    }
    for (const int count : above) {
      EXPECT_LE(count, 34) << rows;
      EXPECT_GE(count, 5) << rows;
    }
  }
}

}  // namespace
}  // namespace perennial::stats
