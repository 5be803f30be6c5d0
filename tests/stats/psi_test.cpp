#include "stats/psi.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

std::vector<double> normal_sample(std::uint64_t seed, std::size_t n, double mean = 0) {
  Rng rng(seed);
  std::vector<double> values(n);
  for (double& value : values) value = rng.normal() + mean;
  return values;
}

Psi psi_of(const QuantileBins& reference, const std::vector<double>& current) {
  return psi_of_counts(reference.count(current));
}

TEST(Psi, equals_the_formula_with_smoothed_shares) {
  // 4 bins of counts, by hand: sum (c - r) ln(c / r) with (count + 0.5) / (n + 2).
  const std::vector<double> reference{40, 30, 20, 10};
  const std::vector<std::uint64_t> current{25, 35, 15, 25};
  double expected = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const double r = (reference[i] + 0.5) / 102;
    const double c = (static_cast<double>(current[i]) + 0.5) / 102;
    expected += (c - r) * std::log(c / r);
  }
  const auto psi = psi_of_counts({reference, current});
  EXPECT_NEAR(psi.value, expected, 1e-12);
  EXPECT_EQ(psi.bins, 4u);
}

TEST(Psi, trap_17_no_value_is_lost_and_no_bin_is_infinite) {
  struct Row {
    std::vector<double> reference;
    std::vector<double> current;
    double least;
    double most;
    std::string why;
  };
  const auto wide = normal_sample(1, 2000, 500);  // far outside [0, 1]
  const std::vector<Row> rows{
      {wide, normal_sample(2, 1000, 500), 0, 0.05, "values outside [0, 1] are binned like any others"},
      {wide, normal_sample(3, 1000, 502), 1, 20, "and their shift is seen"},
      {wide, std::vector<double>(1000, 1e9), 1, 20, "a current window beyond the reference's range counts"},
      {wide, std::vector<double>(1000, -1e9), 1, 20, "on either side"},
      {wide, std::vector<double>(1000, inf), 1, 20, "infinite values count"},
      {std::vector<double>(500, 3.0), std::vector<double>(500, 3.0), 0, 0, "a constant that stays"},
      {std::vector<double>(500, 3.0), std::vector<double>(500, 4.0), 1, 20, "a constant that moves up"},
      {std::vector<double>(500, 3.0), std::vector<double>(500, 2.0), 1, 20, "a constant that moves down"},
      {wide, {}, 0, 0, "an empty window"},
      {{}, wide, 0, 0, "an empty reference"},
      {{}, {}, 0, 0, "nothing"},
      {wide, std::vector<double>(1000, nan), 1, 20, "all missing now"},
      {std::vector<double>(500, nan), std::vector<double>(500, nan), 0, 0, "all missing always"},
      {std::vector<double>(500, nan), wide, 1, 20, "missing before, present now"},
      {{1}, {2}, 0, 2, "one row each"},
  };
  for (const auto& row : rows) {
    const auto psi = psi_of(QuantileBins(row.reference), row.current);
    EXPECT_TRUE(std::isfinite(psi.value)) << row.why;
    EXPECT_GE(psi.value, row.least - 1e-12) << row.why;
    EXPECT_LE(psi.value, row.most + 1e-12) << row.why;
    EXPECT_EQ(psi.defined, !row.reference.empty() && !row.current.empty()) << row.why;
    EXPECT_TRUE(std::isfinite(psi.noise_bound(0.01))) << row.why;
  }
}

TEST(Psi, few_distinct_values_have_a_bin_each) {
  std::vector<double> reference;
  for (int i = 0; i < 900; ++i) reference.push_back(i % 3 - 1);
  const QuantileBins prepared(reference);
  EXPECT_EQ(prepared.ends().size(), 4u);  // just below -1, -1, 0, 1
  std::vector<double> current;
  for (int i = 0; i < 900; ++i) current.push_back(i % 2);
  EXPECT_GT(psi_of(prepared, current).value, 0.5);
  EXPECT_LT(psi_of(prepared, reference).value, 1e-12);
}

// 1000 windows of one distribution: at most 1 % + 3 binomial standard errors pass the 1 % noise bound.
TEST(Psi, noise_stays_below_its_bound_at_any_window_size) {
  for (const std::size_t rows : {200u, 1000u, 5000u}) {
    const QuantileBins reference(normal_sample(10, 5000));
    int above = 0;
    for (std::uint64_t run = 0; run < 1000; ++run) {
      const auto psi = psi_of(reference, normal_sample(100 + run, rows));
      above += psi.value > psi.noise_bound(0.01);
    }
    EXPECT_LE(above, 20) << rows;
  }
}

CategoryCounts counts_of(const Dictionary& dictionary, const std::vector<std::int32_t>& codes) {
  return count_categories(codes, &dictionary);
}

TEST(Psi, categories_unseen_and_missing) {
  Dictionary dictionary;
  const auto a = dictionary.code_of("a");
  const auto b = dictionary.code_of("b");
  const auto c = dictionary.code_of("c");
  std::vector<std::int32_t> codes;
  for (int i = 0; i < 1000; ++i) codes.push_back(i % 4 == 0 ? b : a);
  const CategoryReference reference(counts_of(dictionary, codes));
  const auto psi = [&](const std::vector<std::int32_t>& current) {
    return psi_of_counts(count_bins(reference, reference.align(counts_of(dictionary, current))));
  };
  EXPECT_LT(psi(codes).value, 1e-12);
  EXPECT_GT(psi(std::vector<std::int32_t>(500, b)).value, 1);
  EXPECT_GT(psi(std::vector<std::int32_t>(500, c)).value, 2);   // never seen
  EXPECT_GT(psi(std::vector<std::int32_t>(500, -1)).value, 2);  // all missing
  EXPECT_FALSE(psi({}).defined);
  EXPECT_FALSE(psi_of_counts(count_bins({}, CategoryReference().align(counts_of(dictionary, codes)))).defined);
}

TEST(Psi, identifiers_do_not_drift_for_being_new) {
  Dictionary dictionary;
  std::vector<std::int32_t> before;
  std::vector<std::int32_t> now;
  for (int i = 0; i < 2000; ++i) before.push_back(dictionary.code_of("order-" + std::to_string(i)));
  for (int i = 0; i < 500; ++i) now.push_back(dictionary.code_of("order-" + std::to_string(2000 + i)));
  const CategoryReference reference(counts_of(dictionary, before));
  EXPECT_LT(psi_of_counts(count_bins(reference, reference.align(counts_of(dictionary, now)))).value, 0.01);
}

}  // namespace
}  // namespace perennial::stats
