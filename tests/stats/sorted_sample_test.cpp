#include "stats/sorted_sample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

TEST(SortedSample, quantiles) {
  const SortedSample sample(std::vector<double>{3, 1, nan, 2, 2, 4});
  EXPECT_EQ(sample.size(), 5u);
  EXPECT_EQ(sample.quantile(0), 1);
  EXPECT_EQ(sample.quantile(0.2), 1);
  EXPECT_EQ(sample.quantile(0.5), 2);
  EXPECT_EQ(sample.quantile(0.8), 3);
  EXPECT_EQ(sample.quantile(1), 4);
  EXPECT_TRUE(std::isnan(SortedSample().quantile(0.5)));
}

/// All levels that this machine has.
std::vector<CountLevel> levels() {
  if (best_count_level() == CountLevel::avx512) return {CountLevel::plain, CountLevel::avx512};
  return {CountLevel::plain};
}

TEST(SortedSample, locates_like_a_binary_search) {
  if (levels().size() == 1) std::puts("AVX-512 is not tried: this machine has none");
  Rng rng(1);
  for (int shape = 0; shape < 5; ++shape)
    for (const std::size_t n : {0u, 1u, 7u, 100u, 5000u, 60000u}) {
      const auto draw = [&] {
        switch (shape) {
          case 0: return rng.normal();
          case 1: return std::exp(8 * rng.normal());
          case 2: return static_cast<double>(rng.below(50)) - 20;
          case 3: return 1 + static_cast<double>(rng.below(5) == 0 ? rng.below(1u << 30) : rng.below(200)) * 0x1p-50;
          default: return rng.below(10) == 0 ? (rng.below(2) == 0 ? inf : -inf) : 1e-300 * rng.normal();
        }
      };
      std::vector<double> values(n);
      for (double& value : values) value = draw();
      if (n > 7) values[3] = -0.0;
      if (n > 7) values[5] = 0.0;
      const SortedSample sample(values);
      std::vector<double> asked{inf, -inf, 0.0, -0.0};
      for (int i = 0; i < 297; ++i) asked.push_back(draw());
      for (const double value : sample.distinct())  // equal, and as close to it as can be
        asked.insert(asked.end(), {value, std::nextafter(value, inf), std::nextafter(value, -inf)});
      const auto distinct = sample.distinct();
      std::ranges::sort(values);
      values.erase(std::ranges::unique(values).begin(), values.end());
      ASSERT_TRUE(std::ranges::equal(distinct, values)) << shape << " " << n;
      for (const CountLevel level : levels()) {
        std::vector<std::uint32_t> found(asked.size());
        sample.locate(asked, found, level);
        for (std::size_t k = 0; k < asked.size(); ++k)
          ASSERT_EQ(found[k], std::lower_bound(distinct.begin(), distinct.end(), asked[k]) - distinct.begin())
              << shape << " " << n << " " << asked[k];
      }
    }
}

TEST(SortedSample, writes_no_more_places_than_it_is_asked_for) {
  const SortedSample sample(std::vector<double>{1, 2, 3});
  for (const CountLevel level : levels())
    for (std::size_t asked = 0; asked < 70; ++asked) {
      const std::vector<double> values(asked, 2.5);
      std::vector<std::uint32_t> found(asked + 1, 77);
      sample.locate(values, std::span(found).first(asked), level);
      EXPECT_EQ(std::ranges::count(found, 2u), static_cast<std::ptrdiff_t>(asked));
      EXPECT_EQ(found.back(), 77u) << asked;
    }
}

}  // namespace
}  // namespace perennial::stats
