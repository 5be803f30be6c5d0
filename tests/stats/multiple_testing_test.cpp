#include "stats/multiple_testing.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::stats {
namespace {

TEST(MultipleTesting, holm_by_its_definition) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, 0.5};
  const std::vector<double> expected{0.04, 0.09, 0.09, 0.025, 0.5};
  const auto adjusted = holm(p);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
}

// scipy.stats.false_discovery_control(method='bh').
TEST(MultipleTesting, benjamini_hochberg_agrees_with_scipy) {
  const std::vector<double> p{0.01, 0.04, 0.03, 0.005, 0.5};
  const std::vector<double> expected{0.025, 0.05, 0.05, 0.025, 0.5};
  const auto adjusted = benjamini_hochberg(p);
  for (std::size_t i = 0; i < p.size(); ++i) EXPECT_NEAR(adjusted[i], expected[i], 1e-15);
}

TEST(MultipleTesting, no_p_value_is_no_test) {
  const std::vector<double> p{std::nan(""), 0.02};
  EXPECT_TRUE(std::isnan(holm(p)[0]));
  EXPECT_DOUBLE_EQ(holm(p)[1], 0.02);
  EXPECT_DOUBLE_EQ(benjamini_hochberg(p)[1], 0.02);
  EXPECT_TRUE(holm({}).empty());
}

}  // namespace
}  // namespace perennial::stats
