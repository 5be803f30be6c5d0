#include "stats/ks_bound.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.hpp"
#include "stats/ks.hpp"

namespace perennial::stats {
namespace {

TEST(KsBound, is_never_below_the_distance_and_seldom_far_above) {
  Rng rng(31);
  double excess = 0;
  int runs = 0;
  for (int run = 0; run < 600; ++run) {
    const bool tied = run % 3 == 0;
    const double shift = run % 4 == 0 ? 0 : 2 * rng.uniform();
    const auto draw = [&](double by) {
      const double value = rng.normal() + by;
      return run % 50 == 7 && rng.below(9) == 0 ? std::nan("") : tied ? std::floor(3 * value) : value;
    };
    std::vector<double> a(20 + rng.below(3000));
    std::vector<double> b(1 + rng.below(800));
    for (double& value : a) value = draw(0);
    for (double& value : b) value = draw(shift);
    b[0] = run % 11 == 0 ? std::numeric_limits<double>::infinity() : 0.25;
    const SortedSample reference(a);
    const double distance = ks_statistic(reference, b).statistic;
    const double bound = KsBound(reference).of(b);
    EXPECT_GE(bound, distance - 1e-12) << run;
    EXPECT_LE(bound, 1);
    if (tied || b.size() < 100) continue;
    excess += bound - distance;
    ++runs;
  }
  EXPECT_LT(excess / runs, 1.0 / 16) << "of " << runs << " samples without ties";
}

TEST(KsBound, knows_nothing_of_nothing) {
  EXPECT_EQ(KsBound().of(std::vector<double>{1}), 1);
  EXPECT_EQ(KsBound(SortedSample(std::vector<double>{1, 2})).of({}), 1);
  EXPECT_EQ(KsBound(SortedSample(std::vector<double>{1, 2})).of(std::vector<double>{std::nan("")}), 1);
}

}  // namespace
}  // namespace perennial::stats
