#include "stats/wasserstein.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST(Wasserstein, by_hand) {
  struct Row {
    std::vector<double> a;
    std::vector<double> b;
    double value;
    std::string why;
  };
  const std::vector<Row> rows{
      {{0, 1, 3}, {5, 6, 8}, 5, "a shift is its length"},
      {{0}, {2}, 2, "one value each"},
      {{0, 10}, {4}, 5, "4 and 6, half of the mass each"},
      {{0, 0, 0, 1}, {0, 1, 1, 1}, 0.5, "ties"},
      {{1, nan, 2}, {nan, 1, 2, nan}, 0, "missing values are left out"},
      {{1, 2}, {}, 0, "an empty side"},
      {{}, {1, 2}, 0, "the other one"},
      {{-5}, {-9, -1}, 4, "on both sides"},
      {{0, 1, 2, 1e17}, {0, 1, 3, 1e17}, 0.25, "a far value that both have takes no digits from the others"},
      {{-1e17, 0, 1, 2}, {-1e17, 0, 1, 3}, 0.25, "on the other side"},
      {{0, 1, 2, 8e307}, {0, 1, 3, 8e307}, 0.25, "however far"},
  };
  for (const auto& row : rows) {
    EXPECT_NEAR(wasserstein(row.a, row.b), row.value, 1e-14) << row.why;
    EXPECT_NEAR(wasserstein(row.b, row.a), row.value, 1e-14) << row.why;
  }
  EXPECT_EQ(wasserstein(std::vector<double>{0}, std::vector<double>{1.7e308, 1.7e308}), inf);
  EXPECT_TRUE(std::isnan(wasserstein(std::vector<double>{1, inf}, std::vector<double>{1})));
  EXPECT_TRUE(std::isnan(wasserstein(std::vector<double>{1}, std::vector<double>{1, -inf})));
}

std::vector<double> draw(Rng& rng, std::size_t n, int shape, double shift = 0) {
  std::vector<double> values(n);
  for (double& value : values)
    value = shift + (shape == 0   ? rng.normal()
                     : shape == 1 ? -std::log(1 - rng.uniform())
                     : shape == 2 ? rng.normal() / std::sqrt(std::abs(rng.normal()) + 0.1)
                                  : static_cast<double>(rng.below(4)));
  return values;
}

TEST(Wasserstein, equals_the_mean_difference_of_sorted_values) {
  Rng rng(1);
  for (int run = 0; run < 200; ++run) {
    const std::size_t n = 1 + rng.below(3000);
    auto a = draw(rng, n, run % 4);
    auto b = draw(rng, n, run % 4, run % 3 == 0 ? 0.0 : 0.2);
    const double ours = wasserstein(a, b);
    std::ranges::sort(a);
    std::ranges::sort(b);
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += std::abs(a[i] - b[i]);
    EXPECT_NEAR(ours, sum / static_cast<double>(n), 1e-11 * (1 + ours)) << run;
  }
}

/// By the definition, value by value.
double area_between(std::vector<double> a, std::vector<double> b) {
  std::ranges::sort(a);
  std::ranges::sort(b);
  std::vector<double> all = a;
  all.insert(all.end(), b.begin(), b.end());
  std::ranges::sort(all);
  double area = 0;
  for (std::size_t i = 0, j = 0, k = 0; k + 1 < all.size(); ++k) {
    while (i < a.size() && a[i] <= all[k]) ++i;
    while (j < b.size() && b[j] <= all[k]) ++j;
    const auto difference = static_cast<double>(i * b.size()) - static_cast<double>(j * a.size());
    area += std::abs(difference) * (all[k + 1] - all[k]);
  }
  return area / static_cast<double>(a.size() * b.size());
}

TEST(Wasserstein, is_the_area_between_the_distribution_functions) {
  Rng rng(2);
  for (int run = 0; run < 300; ++run) {
    // Cells of many values, of one, and none: long and short samples, ties, and windows that reach far beyond.
    const std::size_t n = 1 + rng.below(run % 5 == 0 ? 20000 : 200);
    auto a = draw(rng, n, run % 4);
    auto b = draw(rng, 1 + rng.below(run % 3 == 0 ? 20000 : 200), run % 4, run % 7 == 0 ? 5.0 : 0.01);
    if (run % 11 == 0) b = std::vector<double>(a.rbegin(), a.rend());
    if (run % 13 == 0) {
      a.push_back(1e9);
      b.insert(b.end(), std::max<std::size_t>(1, b.size() / a.size()), 1e9);
    }
    const double expected = area_between(a, b);
    EXPECT_NEAR(wasserstein(a, b), expected, 1e-12 * expected) << run;
  }
}

TEST(WassersteinScale, is_the_references_own) {
  const std::vector<double> values{1, 2, 3, 4};
  const SortedSample reference(values);
  const WassersteinScale scale(reference);
  EXPECT_NEAR(scale.deviation(), std::sqrt(1.25), 1e-15);
  const std::vector<double> moved{3, 4, 5, 6};
  EXPECT_NEAR(scale.distance(reference, moved).value, 2 / std::sqrt(1.25), 1e-14);
  for (const double factor : {1e-200, 1e200}) {
    std::vector<double> scaled = values;
    std::vector<double> scaled_moved = moved;
    for (double& value : scaled) value *= factor;
    for (double& value : scaled_moved) value *= factor;
    const SortedSample other(scaled);
    EXPECT_NEAR(WassersteinScale(other).distance(other, scaled_moved).value, 2 / std::sqrt(1.25), 1e-12);
  }
}

TEST(WassersteinScale, infinite_values_are_put_a_range_beyond_the_ends) {
  const SortedSample reference(std::vector<double>{0, 10});
  const WassersteinScale scale(reference);
  EXPECT_NEAR(scale.distance(reference, std::vector<double>{inf, inf}).value, 15 / 5.0, 1e-14);
  EXPECT_NEAR(scale.distance(reference, std::vector<double>{-inf, 10}).value, 5 / 5.0, 1e-14);
  const SortedSample with_infinities(std::vector<double>{-inf, 0, 10, inf});
  const WassersteinScale other(with_infinities);
  EXPECT_NEAR(other.distance(with_infinities, std::vector<double>{-inf, 0, 10, inf}).value, 0, 1e-14);
  EXPECT_GT(other.distance(with_infinities, std::vector<double>{0, 0, 10, 10}).value, 0.1);
  for (const auto& values : {std::vector<double>{}, {3}, {3, 3}, {inf}, {-inf, inf}, {-1.7e308, 1.7e308}})
    EXPECT_FALSE(WassersteinScale(SortedSample(values)).defined());
}

// 1000 windows of one distribution against one reference each: at most 1 % + 3 binomial standard errors pass the 1 %
// bound, whatever the shape. The bound is one-sided theory, so it may be wide, but a shift of half a deviation shows.
TEST(WassersteinScale, noise_stays_below_its_bound_at_any_window_size) {
  for (int shape = 0; shape < 4; ++shape)
    for (const std::size_t rows : {200u, 1000u}) {
      Rng rng(10 * rows + static_cast<std::size_t>(shape));
      int above = 0;
      int shown = 0;
      for (int run = 0; run < 1000; ++run) {
        const SortedSample reference(draw(rng, 2000, shape));
        const WassersteinScale scale(reference);
        const double bound = scale.noise_bound(2000, rows, 0.01);
        above += scale.distance(reference, draw(rng, rows, shape)).value > bound;
        if (run < 100) shown += scale.distance(reference, draw(rng, rows, shape, scale.deviation() / 2)).value > bound;
      }
      EXPECT_LE(above, 20) << shape << " " << rows;
      EXPECT_GE(shown, 95) << shape << " " << rows;
    }
}

}  // namespace
}  // namespace perennial::stats
