#include "stats/count_above.hpp"

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

TEST(CountAbove, all_levels_count_like_the_definition) {
  std::vector<CountLevel> levels;
  for (const auto level : {CountLevel::plain, CountLevel::avx2, CountLevel::avx512})
    if (level <= best_count_level()) levels.push_back(level);
  Rng rng(1);
  for (const std::size_t rows : {0u, 1u, 3u, 4u, 7u, 8u, 120u, 1023u, 1024u, 1025u, 2040u, 5000u})
    for (std::size_t count = 0; count <= 33; ++count) {
      std::vector<double> values(rows);
      for (double& value : values) {
        value = std::floor(8 * rng.normal()) / 8;
        if (rng.below(20) == 0) value = rng.below(3) == 0 ? nan : rng.below(2) == 0 ? inf : -inf;
      }
      std::vector<double> edges(count);
      for (double& edge : edges) edge = std::floor(8 * rng.normal()) / 8;
      if (count > 2) edges[1] = -inf;
      if (count > 3) edges[2] = inf;
      std::ranges::sort(edges);
      for (const auto level : levels) {
        std::vector<std::uint64_t> above(count, 99);
        const auto present = count_above(values, edges, above, level);
        EXPECT_EQ(present, std::ranges::count_if(values, [](double v) { return !std::isnan(v); }));
        for (std::size_t k = 0; k < count; ++k)
          EXPECT_EQ(above[k], std::ranges::count_if(values, [&](double v) { return v > edges[k]; }))
              << rows << " " << k << " " << static_cast<int>(level);
      }
    }
}

}  // namespace
}  // namespace perennial::stats
