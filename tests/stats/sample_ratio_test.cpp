#include "stats/sample_ratio.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

TEST(SampleRatio, equal_to_the_formula_by_scipy) {
  struct Row {
    std::uint64_t one, two;
    double share, p;
  };
  for (const Row& row :
       {Row{1000, 1000, 0.5, 1}, Row{450, 550, 0.5, 0.0349209656134479}, Row{900, 9100, 0.1, 0.0333299618165426},
        Row{1800, 18200, 0.1, 0.000152835039429977}, Row{10, 190, 0.1, 0.181837145166584},
        Row{0, 300, 0.05, 0.00023844734978478}, Row{60, 40, 0.5, 0.517424417294545}})
    EXPECT_NEAR(sample_ratio_p(row.one, row.two, row.share), row.p, 1e-9 * row.p + 1e-300) << row.one;
}

TEST(SampleRatio, nothing_dealt_and_impossible_shares_say_nothing) {
  EXPECT_EQ(sample_ratio_p(0, 0, 0.5), 1);
  EXPECT_EQ(sample_ratio_p(10, 0, 0), 1);
  EXPECT_EQ(sample_ratio_p(10, 0, 1), 1);
  EXPECT_EQ(sample_ratio_p(10, 0, std::nan("")), 1);
}

/// How often a draw is ever called a mismatch at 0.001, looked at after every unit, and after how many units on
/// average.
struct Watched {
  double share_found = 0;
  double mean_units = 0;
};
Watched watch_units(double meant, double real, std::size_t units, std::size_t draws) {
  Watched watched;
  double units_sum = 0;
  std::size_t found = 0;
  for (std::size_t draw = 0; draw < draws; ++draw) {
    Rng rng(draw + 1);
    std::uint64_t one = 0;
    for (std::uint64_t n = 1; n <= units; ++n) {
      if (rng.uniform() < real) ++one;
      if (sample_ratio_p(one, n - one, meant) > 0.001) continue;
      ++found;
      units_sum += static_cast<double>(n);
      break;
    }
  }
  watched.share_found = static_cast<double>(found) / static_cast<double>(draws);
  watched.mean_units = found > 0 ? units_sum / static_cast<double>(found) : 0;
  return watched;
}

TEST(SampleRatio, a_fair_draw_is_hardly_ever_called_a_mismatch_however_often_one_looks) {
  EXPECT_LE(watch_units(0.1, 0.1, 20000, 300).share_found, 0.007) << "2 of 300 at a level of 0.001";
  EXPECT_LE(watch_units(0.5, 0.5, 20000, 300).share_found, 0.007);
}

TEST(SampleRatio, a_tenth_of_an_arm_that_gets_lost_is_found) {
  const auto found = watch_units(0.1, 0.09, 40000, 100);
  EXPECT_GE(found.share_found, 0.9);
  EXPECT_LE(watch_units(0.5, 0.4, 5000, 100).mean_units, 1500);
}

}  // namespace
}  // namespace perennial::stats
