#include "stats/moments.hpp"

#include <gtest/gtest.h>

namespace perennial::stats {
namespace {

TEST(Moments, are_exact_where_sums_of_squares_are_not) {
  Moments moments;
  for (const double value : {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16}) moments.add(value);
  EXPECT_DOUBLE_EQ(moments.mean(), 1e9 + 10);
  EXPECT_DOUBLE_EQ(moments.variance(), 30);
}

TEST(Moments, merging_equals_adding) {
  Moments all;
  Moments left;
  Moments right;
  for (int i = 0; i < 100; ++i) {
    const double value = i * i % 17;
    all.add(value);
    (i < 30 ? left : right).add(value);
  }
  left.merge(right);
  left.merge(Moments());
  EXPECT_EQ(left.n(), 100u);
  EXPECT_NEAR(left.mean(), all.mean(), 1e-12);
  EXPECT_NEAR(left.variance(), all.variance(), 1e-10);
}

TEST(Moments, too_few_values_have_no_spread) {
  Moments moments;
  EXPECT_EQ(moments.standard_error(), 0);
  moments.add(5);
  EXPECT_EQ(moments.variance(), 0);
}

}  // namespace
}  // namespace perennial::stats
