#include "stats/suffix_scan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
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
