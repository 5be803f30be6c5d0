#include "stats/sorted_sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST(SortedSample, quantiles) {
  const SortedSample sample(std::vector<double>{3, 1, nan, 2, 2, 4});
  EXPECT_EQ(sample.size(), 5u);
  EXPECT_EQ(sample.quantile(0), 1);
  EXPECT_EQ(sample.quantile(0.2), 1);
  EXPECT_EQ(sample.quantile(0.5), 2);
  EXPECT_EQ(sample.quantile(0.8), 3);
  EXPECT_EQ(sample.quantile(1), 4);
  EXPECT_TRUE(std::isnan(SortedSample().quantile(0.5)));
}

TEST(SortedSample, locates_like_a_binary_search) {
  Rng rng(1);
  for (int shape = 0; shape < 4; ++shape)
    for (const std::size_t n : {0u, 1u, 7u, 100u, 5000u, 60000u}) {
      const auto draw = [&] {
        switch (shape) {
          case 0: return rng.normal();
          case 1: return std::exp(8 * rng.normal());
          case 2: return static_cast<double>(rng.below(50)) - 20;
          default: return rng.below(10) == 0 ? (rng.below(2) == 0 ? inf : -inf) : 1e-300 * rng.normal();
        }
      };
      std::vector<double> values(n);
      for (double& value : values) value = draw();
      if (n > 7) values[3] = -0.0;
      if (n > 7) values[5] = 0.0;
      const SortedSample sample(values);
      std::vector<double> asked(301);
      for (double& value : asked) value = draw();
      asked[0] = inf;
      asked[1] = -inf;
      asked[2] = 0.0;
      asked[3] = -0.0;
      std::vector<std::uint32_t> found(asked.size());
      sample.locate(asked, found);
      const auto distinct = sample.distinct();
      std::ranges::sort(values);
      values.erase(std::ranges::unique(values).begin(), values.end());
      ASSERT_TRUE(std::ranges::equal(distinct, values)) << shape << " " << n;
      for (std::size_t k = 0; k < asked.size(); ++k)
        ASSERT_EQ(found[k], std::lower_bound(distinct.begin(), distinct.end(), asked[k]) - distinct.begin())
            << shape << " " << n << " " << asked[k];
    }
}

}  // namespace
}  // namespace perennial::stats
