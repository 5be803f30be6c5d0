#include "stats/mid_ranks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST(MidRanks, are_the_share_below_and_half_of_the_equal) {
  EXPECT_EQ(mid_ranks(std::vector<double>{2, 1, nan, 2, 3}), (std::vector<double>{0.5, 0.125, 0.5, 0.5, 0.875}));
  EXPECT_EQ(mid_ranks(std::vector<double>{-0.0, inf, 0.0, -inf}), (std::vector<double>{0.5, 0.875, 0.5, 0.125}));
  EXPECT_EQ(mid_ranks(std::vector<double>{7, 7, 7}), (std::vector<double>{0.5, 0.5, 0.5}));
  EXPECT_EQ(mid_ranks(std::vector<double>{nan}), std::vector<double>{0.5});
  EXPECT_TRUE(mid_ranks({}).empty());
}

TEST(MidRanks, are_those_of_a_sort_by_comparison) {
  Rng rng(3);
  for (int shape = 0; shape < 5; ++shape)
    for (const std::size_t n : {2u, 50u, 3000u, 40000u}) {
      std::vector<double> values(n);
      for (double& value : values) switch (shape) {
          case 0: value = rng.normal(); break;
          case 1: value = std::exp(8 * rng.normal()) - 5; break;
          case 2: value = static_cast<double>(rng.below(50)) - 20; break;
          case 3: value = 1 + 1e-9 * rng.normal(); break;  // one high half for nearly all
          default: value = rng.below(4) == 0 ? nan : 1e-300 * rng.normal();
        }
      std::vector<double> sorted;
      std::ranges::copy_if(values, std::back_inserter(sorted), [](double value) { return !std::isnan(value); });
      std::ranges::sort(sorted);
      const auto ranks = mid_ranks(values);
      for (std::size_t row = 0; row < n; ++row) {
        if (std::isnan(values[row])) {
          ASSERT_EQ(ranks[row], 0.5);
          continue;
        }
        const auto [below, up_to] = std::ranges::equal_range(sorted, values[row]);
        const auto doubled = (below - sorted.begin()) + (up_to - sorted.begin());
        ASSERT_EQ(ranks[row], static_cast<double>(doubled) / (2 * static_cast<double>(sorted.size())))
            << shape << ' ' << n << ' ' << row;
      }
    }
}

}  // namespace
}  // namespace perennial::stats
