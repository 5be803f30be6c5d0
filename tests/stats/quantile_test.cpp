#include "stats/quantile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

TEST(LogHistogram, percentiles_are_within_1_6_percent) {
  Rng rng(8);
  LogHistogram histogram;
  std::vector<double> values(20000);
  for (double& value : values) histogram.add(value = std::exp(2 * rng.normal()));
  std::sort(values.begin(), values.end());
  for (const double share : {0.01, 0.5, 0.9, 0.99, 0.999}) {
    const double exact = values[static_cast<std::size_t>(std::ceil(share * 20000)) - 1];
    EXPECT_NEAR(histogram.quantile(share) / exact, 1, 0.016) << share;
  }
  EXPECT_DOUBLE_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.quantile(1), values.back());
}

TEST(LogHistogram, merging_equals_adding) {
  LogHistogram all;
  LogHistogram left;
  LogHistogram right;
  for (int i = 1; i < 500; ++i) {
    all.add(i);
    (i % 3 == 0 ? left : right).add(i);
  }
  left.merge(right);
  EXPECT_EQ(left.count(), all.count());
  for (const double share : {0.1, 0.5, 0.99}) EXPECT_EQ(left.quantile(share), all.quantile(share));
  left.clear();
  EXPECT_EQ(left.count(), 0u);
  EXPECT_EQ(left.quantile(0.5), 0);
}

TEST(LogHistogram, absurd_values_are_counted_at_the_ends) {
  LogHistogram histogram;
  for (const double value : {0.0, -1.0, std::nan(""), 1e-300}) histogram.add(value);
  EXPECT_EQ(histogram.count(), 4u);
  EXPECT_LE(histogram.quantile(0.5), 0.001);
  histogram.add(1e300, 5);
  histogram.add(std::numeric_limits<double>::infinity());
  EXPECT_GT(histogram.quantile(0.9), 1e8);
}

}  // namespace
}  // namespace perennial::stats
