#include "stats/ks.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "reference_data.hpp"
#include "stats/ks_p_value.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> second_sample() {
  auto values = lcg(2, 300);
  for (double& value : values) value = std::pow(value, 1.2);
  return values;
}

// scipy.stats.ks_2samp, method='exact'; tests/peers/scipy_test.cpp has a thousand more.
TEST(Ks, agrees_with_scipy) {
  const auto result = ks_two_sample(lcg(1, 500), second_sample());
  EXPECT_NEAR(result.statistic, 0.10266666666666666, 1e-12);
  EXPECT_NEAR(result.p_value, 0.03602190819683504, 1e-12);
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
  EXPECT_NEAR(result.p_value, 0.2638170843280852, 1e-12);
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

/// The definition by sorting both and merging.
double by_merging(std::vector<double> a, std::vector<double> b) {
  for (auto* sample : {&a, &b}) {
    std::erase_if(*sample, [](double v) { return std::isnan(v); });
    std::sort(sample->begin(), sample->end());
  }
  double most = 0;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const double at = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == at) ++i;
    while (j < b.size() && b[j] == at) ++j;
    most = std::max(most, std::abs(static_cast<double>(i) / static_cast<double>(a.size()) -
                                   static_cast<double>(j) / static_cast<double>(b.size())));
  }
  return most;
}

// The bucket bounds must never lose the supremum: samples long enough for a grid, of shapes that are bad for one.
TEST(Ks, the_grid_loses_nothing) {
  Rng rng(8);
  const auto draw = [&](int shape, double shift) {
    switch (shape) {
      case 0: return rng.normal() + shift;
      case 1: return std::exp(5 * rng.normal()) * (1 + shift);      // one cell of equal width would hold nearly all
      case 2: return rng.normal() / rng.normal() + shift;           // far outliers on both sides
      case 3: return std::floor(40 * (rng.normal() + shift)) / 40;  // ties
      case 4: return 1e9 + rng.uniform() + shift;                   // far from zero
      case 5: return rng.below(2) == 0 ? 1e-9 * rng.normal() : 1e9 * (rng.normal() + shift);  // two scales
      case 6: return rng.below(50) == 0 ? (rng.below(2) == 0 ? inf : -inf) : rng.normal() + shift;
      case 7: return rng.below(9) == 0 ? nan : rng.uniform() + shift;
      case 8: return rng.below(3) == 0 ? -0.0 : 5e-324 * static_cast<double>(rng.below(1000)) - shift;  // denormals
      default: return (rng.below(2) == 0 ? 1 : -1) * 1.7e308 * rng.uniform();  // a range beyond double's
    }
  };
  for (int shape = 0; shape < 10; ++shape)
    for (const double shift : {0.0, 0.01, 0.3, 5.0})
      for (const auto& [n, m] : {std::pair{20000, 3000}, std::pair{3000, 20000}, std::pair{700, 40},
                                 std::pair{20000, 900}, std::pair{700, 1500}, std::pair{20000, 20000}}) {
        std::vector<double> a(static_cast<std::size_t>(n));
        std::vector<double> b(static_cast<std::size_t>(m));
        for (double& value : a) value = draw(shape, 0);
        for (double& value : b) value = draw(shape, shift);
        EXPECT_NEAR(ks_statistic(SortedSample(a), b).statistic, by_merging(a, b), 1e-12)
            << shape << " " << shift << " " << n << " " << m;
        std::erase_if(a, [](double value) { return std::isnan(value); });
        std::erase_if(b, [](double value) { return std::isnan(value); });
        std::ranges::sort(a);
        std::ranges::sort(b);
        EXPECT_EQ(ks_statistic_of_sorted(a, b).difference, ks_statistic(SortedSample(a), b).difference)
            << shape << " " << shift << " " << n << " " << m;
      }
}

TEST(Ks, p_values_of_samples_that_are_known) {
  struct Row {
    std::uint64_t difference;
    std::uint64_t n;
    std::uint64_t m;
    double p_value;
    std::string why;
  };
  const std::vector<Row> rows{
      {0, 5, 7, 1, "no difference"},
      {1, 1, 1, 1, "two values always differ"},
      {9, 3, 3, 2 / 20.0, "2 of the 20 orders of three and three are apart"},
      {12, 3, 4, 2 / 35.0, "2 of 35"},
      {3, 1, 3, 0.5, "a single value is an extreme of four in half of all orders"},
      {10000, 100, 100, 2.2087606931995028e-59, "2 / binomial(200, 100): no cancellation"},
  };
  for (const auto& row : rows) {
    EXPECT_NEAR(ks_exact_p_value(row.difference, row.n, row.m), row.p_value, 1e-6 * row.p_value) << row.why;
    EXPECT_NEAR(ks_exact_p_value(row.difference, row.m, row.n), row.p_value, 1e-6 * row.p_value) << row.why;
  }
  Rng rng(9);
  for (int run = 0; run < 50; ++run) {
    const std::uint64_t n = 1 + rng.below(800);
    const std::uint64_t m = 1 + rng.below(800);
    const std::uint64_t difference = 1 + rng.below(1 + n * m / 4);
    EXPECT_EQ(ks_exact_p_value(difference, n, m), ks_exact_p_value(difference, n, m, CountLevel::plain));
  }
  // The automatic one leaves the exact computation where no decision depends on it, and where samples are large.
  EXPECT_LT(ks_p_value(10000, 100, 100), 1e-15);
  EXPECT_EQ(ks_p_value(30000000, 10001, 10001), ks_asymptotic_p_value(30000000 / (10001.0 * 10001.0), 10001, 10001));
  EXPECT_NEAR(ks_p_value(2000000, 10000, 10000), ks_asymptotic_p_value(0.02, 10000, 10000), 1e-3);
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
