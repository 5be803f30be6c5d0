#include "stats/ks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "reference_data.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> second_sample() {
  auto values = lcg(2, 300);
  for (double& value : values) value = std::pow(value, 1.2);
  return values;
}

// scipy.stats.ks_2samp(...).statistic and scipy.special.kolmogorov(sqrt(n m / (n + m)) * statistic).
TEST(Ks, agrees_with_scipy) {
  const auto result = ks_two_sample(lcg(1, 500), second_sample());
  EXPECT_NEAR(result.statistic, 0.10266666666666666, 1e-12);
  EXPECT_NEAR(result.p_value, 0.03840657662382274, 1e-9);
  EXPECT_EQ(result.reference_n, 500u);
  EXPECT_EQ(result.current_n, 300u);
}

TEST(Ks, ties_are_exact) {
  auto a = lcg(1, 500);
  auto b = second_sample();
  for (auto* sample : {&a, &b})
    for (double& value : *sample) value = std::floor(value * 10);
  const auto result = ks_two_sample(a, b);
  EXPECT_NEAR(result.statistic, 0.07266666666666667, 1e-12);
  EXPECT_NEAR(result.p_value, 0.27536617151219217, 1e-9);
}

/// The definition, at every value of either sample.
double by_definition(const std::vector<double>& a, const std::vector<double>& b) {
  const auto share = [](const std::vector<double>& sample, double at) {
    return static_cast<double>(std::count_if(sample.begin(), sample.end(), [&](double v) { return v <= at; })) /
           static_cast<double>(sample.size());
  };
  double most = 0;
  for (const auto* sample : {&a, &b})
    for (const double at : *sample) most = std::max(most, std::abs(share(a, at) - share(b, at)));
  return most;
}

TEST(Ks, equals_its_definition_on_random_samples) {
  Rng rng(5);
  for (int run = 0; run < 300; ++run) {
    std::vector<double> a(1 + rng.below(40));
    std::vector<double> b(1 + rng.below(40));
    const auto values = 1 + rng.below(30);
    for (double& value : a) value = static_cast<double>(rng.below(values));
    for (double& value : b) value = static_cast<double>(rng.below(values)) + (run % 3 == 0 ? 0.5 : 0);
    if (run % 7 == 0) b.front() = inf;
    if (run % 5 == 0) a.front() = -inf;
    EXPECT_NEAR(ks_two_sample(a, b).statistic, by_definition(a, b), 1e-12);
    EXPECT_NEAR(ks_two_sample(b, a).statistic, by_definition(a, b), 1e-12);
  }
}

TEST(Ks, edges_are_defined) {
  const std::vector<double> some{1, 2, 3};
  const std::vector<double> missing{nan, nan};
  struct Row {
    std::vector<double> a;
    std::vector<double> b;
    double statistic;
    std::string why;
  };
  const std::vector<Row> rows{
      {{}, {}, 0, "nothing is not evidence"},
      {some, {}, 0, "an empty window is not evidence"},
      {{}, some, 0, "an empty reference is not evidence"},
      {some, missing, 0, "missing values are left out"},
      {some, some, 0, "a sample does not differ from itself"},
      {{5, 5, 5}, {5, 5}, 0, "equal constants"},
      {{5, 5, 5}, {6, 6}, 1, "different constants"},
      {{5, 5, 5}, {4}, 1, "below"},
      {some, {10, 11}, 1, "no overlap"},
      {{1, 2, nan}, {1, 2, nan, nan}, 0, "NaN on both sides"},
  };
  for (const auto& row : rows) {
    const auto result = ks_two_sample(row.a, row.b);
    EXPECT_DOUBLE_EQ(result.statistic, row.statistic) << row.why;
    EXPECT_TRUE(result.p_value >= 0 && result.p_value <= 1) << row.why;
    if (row.statistic == 0) {
      EXPECT_DOUBLE_EQ(result.p_value, 1) << row.why;
    }
  }
}

TEST(Ks, quantiles_of_a_sorted_sample) {
  const SortedSample sample(std::vector<double>{3, 1, nan, 2, 2, 4});
  EXPECT_EQ(sample.size(), 5u);
  EXPECT_EQ(sample.quantile(0), 1);
  EXPECT_EQ(sample.quantile(0.2), 1);
  EXPECT_EQ(sample.quantile(0.5), 2);
  EXPECT_EQ(sample.quantile(0.8), 3);
  EXPECT_EQ(sample.quantile(1), 4);
  EXPECT_TRUE(std::isnan(SortedSample().quantile(0.5)));
}

// 2000 pairs of samples of one distribution: at most 5 % + 3 binomial standard errors reject at 5 %.
TEST(Ks, false_alarms_keep_to_their_level) {
  Rng rng(6);
  int alarms = 0;
  for (int run = 0; run < 2000; ++run) {
    std::vector<double> a(500);
    std::vector<double> b(200);
    for (double& value : a) value = rng.normal();
    for (double& value : b) value = rng.normal();
    alarms += ks_two_sample(a, b).p_value < 0.05;
  }
  EXPECT_LT(alarms / 2000.0, 0.065);
  EXPECT_GT(alarms / 2000.0, 0.025);
}

}  // namespace
}  // namespace perennial::stats
