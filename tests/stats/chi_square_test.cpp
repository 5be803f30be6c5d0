#include "stats/chi_square.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

// scipy.stats.chi2_contingency(correction=False).
TEST(ChiSquare, agrees_with_scipy) {
  const std::vector<std::uint64_t> a{40, 30, 0, 20, 10};
  const std::vector<std::uint64_t> b{25, 35, 0, 15, 25};
  const auto result = chi_square(a, b);
  EXPECT_NEAR(result.statistic, 10.989010989010989, 1e-12);
  EXPECT_EQ(result.degrees_of_freedom, 3);
  EXPECT_NEAR(result.p_value, 0.011785445966924652, 1e-12);
}

TEST(ChiSquare, edges_are_no_evidence) {
  const std::vector<std::uint64_t> some{5, 5};
  const std::vector<std::uint64_t> none{0, 0};
  const std::vector<std::uint64_t> one{9, 0};
  EXPECT_EQ(chi_square(some, none).p_value, 1);
  EXPECT_EQ(chi_square(std::vector<std::uint64_t>{}, std::vector<std::uint64_t>{}).p_value, 1);
  EXPECT_EQ(chi_square(one, one).p_value, 1);
}

CategoryReference reference_of(Dictionary& dictionary, const std::vector<std::int32_t>& codes) {
  return CategoryReference(count_categories(codes, &dictionary));
}

TEST(ChiSquare, new_categories_are_found_and_single_strays_are_not) {
  Dictionary dictionary;
  const auto a = dictionary.code_of("a");
  const auto b = dictionary.code_of("b");
  const auto reference = reference_of(dictionary, std::vector<std::int32_t>(5000, a));
  std::vector<std::int32_t> current(500, a);
  current[0] = b;
  const auto p = [&] { return chi_square(reference, reference.align(count_categories(current, &dictionary))).p_value; };
  EXPECT_GT(p(), 0.01);
  for (std::size_t i = 0; i < 150; ++i) current[i] = b;
  EXPECT_LT(p(), 1e-6);
  for (std::size_t i = 0; i < 150; ++i) current[i] = -1;
  EXPECT_LT(p(), 1e-6);
}

// 1000 windows of 300 rows over 2000 categories with a long tail: at most 5 % + 3 binomial standard errors at 5 %.
TEST(ChiSquare, a_long_tail_of_rare_categories_raises_no_false_alarms) {
  Rng rng(7);
  Dictionary dictionary;
  for (int i = 0; i < 2000; ++i) dictionary.code_of(std::to_string(i));
  const auto draw = [&](std::size_t rows) {
    std::vector<std::int32_t> codes(rows);
    for (auto& code : codes) code = static_cast<std::int32_t>(2000 * std::pow(rng.uniform(), 6));
    return codes;
  };
  int alarms = 0;
  for (int run = 0; run < 1000; ++run) {
    const auto reference = reference_of(dictionary, draw(2000));
    alarms += chi_square(reference, reference.align(count_categories(draw(300), &dictionary))).p_value < 0.05;
  }
  EXPECT_LT(alarms / 1000.0, 0.071);
}

}  // namespace
}  // namespace perennial::stats
