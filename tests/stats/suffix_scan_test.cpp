#include "stats/suffix_scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

/// How often per value the scan of independent normal values climbs over `height` for the first time, by simulation.
double simulated(double height, std::size_t longest, std::size_t climbs, Rng rng) {
  std::uint64_t values = 0;
  for (std::size_t seen = 0; seen < climbs; ++seen) {
    std::vector<double> sums(1, 0);
    for (bool over = false; !over;) {
      sums.push_back(sums.back() + rng.normal());
      const std::size_t n = sums.size() - 1;
      if (n <= longest) continue;  // as after a long quiet time
      ++values;
      for (std::size_t k = 1; k <= longest && !over; ++k)
        over = std::abs(sums[n] - sums[n - k]) > height * std::sqrt(static_cast<double>(k));
    }
  }
  return static_cast<double>(climbs) / static_cast<double>(values);
}

TEST(SuffixScan, rates_are_those_of_a_simulation) {
  // 600 climbs: 4 % standard error; the formula is a limit for great heights.
  for (const auto& [height, longest] : std::vector<std::pair<double, std::size_t>>{{3.2, 10}, {3.2, 64}, {3.6, 32}})
    EXPECT_NEAR(suffix_scan_rate(height, static_cast<double>(longest)) / simulated(height, longest, 600, Rng(5)), 1,
                0.25)
        << height << ' ' << longest;
}

/// The formula without a table: x nu(x)^2 summed by Simpson's rule on 20,000 panels.
double without_table(double height, double longest) {
  const auto density = [](double x) { return std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi); };
  const auto integrand = [&](double x) {
    const double below = 0.5 * std::erfc(-x / 2 / std::sqrt(2.0));
    const double nu = (below - 0.5) / (x / 2) / (x / 2 * below + density(x / 2));
    return x * nu * nu;
  };
  constexpr int panels = 20000;
  const double from = height / std::sqrt(longest);
  const double step = (height - from) / panels;
  double sum = 0;
  for (int i = 0; i <= panels; ++i)
    sum += (i == 0 || i == panels ? 1 : i % 2 == 1 ? 4 : 2) * integrand(from + step * i);
  return height * density(height) * sum * step / 3;
}

TEST(SuffixScan, between_the_places_of_its_table_it_is_the_formula) {
  Rng rng(9);
  for (int i = 0; i < 300; ++i) {
    const double height = 1.5 + 9 * rng.uniform();
    const double longest = 8 + 120 * rng.uniform();
    const double alone = std::erfc(height / std::sqrt(2.0));
    const double wanted = std::max(alone, without_table(height, longest));
    if (wanted >= 1) continue;
    EXPECT_NEAR(suffix_scan_rate(height, longest) / wanted, 1, 1e-7) << height << ' ' << longest;
  }
}

TEST(SuffixScan, falls_with_the_height_and_grows_with_the_length) {
  EXPECT_EQ(suffix_scan_rate(0, 10), 1);
  EXPECT_EQ(suffix_scan_rate(std::nan(""), 10), 1);
  EXPECT_EQ(suffix_scan_rate(60, 10), 0);
  double before = 1;
  for (double height = 1.5; height < 9; height += 0.25) {
    const double rate = suffix_scan_rate(height, 128);
    EXPECT_LT(rate, before) << height;
    EXPECT_GE(rate, suffix_scan_rate(height, 10)) << height;
    EXPECT_GE(suffix_scan_rate(height, 1), std::erfc(height / std::sqrt(2.0))) << height;
    before = rate;
  }
}

}  // namespace
}  // namespace perennial::stats
