#include "stats/always_valid.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/rng.hpp"
#include "stats/special.hpp"

namespace perennial::stats {
namespace {

constexpr double many = std::numeric_limits<double>::infinity();

TEST(AlwaysValid, nothing_speaks_for_a_mean_that_is_not_above_0) {
  for (const double mean : {0.0, -1.0, std::nan("")}) EXPECT_EQ(always_valid_p(mean, 0.1, many, 1), 1);
  EXPECT_EQ(always_valid_p(1, 0, many, 1), 1);
  EXPECT_EQ(always_valid_p(1, 0.1, many, 0), 1);
}

// The mixture in closed form, by hand: 1 / (2 (1 + 16 k)^(-1/2) exp(z² / 2 * s) Phi(z sqrt(s))), s = 16 k / (1 + 16 k).
TEST(AlwaysValid, the_half_normal_mixture) {
  EXPECT_NEAR(always_valid_p(3.29, 1, many, 1), 0.0126, 0.0002);
  EXPECT_NEAR(always_valid_p(2.81, 1, many, 1), 0.0499, 0.0006);
  EXPECT_NEAR(always_valid_p(3.89, 1, many, 1.0 / 32), 0.0499, 0.0006);
  EXPECT_GT(always_valid_p(3.29, 1, 10, 1), 2 * always_valid_p(3.29, 1, many, 1)) << "ten rows know their spread badly";
}

// The promise: over all looks together, at any of them, with a probability of at most p. A plain p-value breaks it.
TEST(AlwaysValid, looking_after_every_value_errs_no_more_often_than_stated) {
  constexpr int streams = 2000;
  constexpr int length = 5000;
  int valid = 0;
  int plain = 0;
  for (int stream = 0; stream < streams; ++stream) {
    Rng rng(static_cast<std::uint64_t>(stream));
    RunningMean mean;
    bool valid_fired = false;
    bool plain_fired = false;
    for (int i = 1; i <= length && !(valid_fired && plain_fired); ++i) {
      mean.add(rng.normal());
      if (i < 50 || i % 5 != 0 || mean.mean() <= 0) continue;
      const auto [error, effective, serial] = mean.uncertainty();
      ASSERT_GE(serial, effective);
      plain_fired |= student_t_sf(mean.mean() / error, effective - 1) < 0.05;
      valid_fired |= always_valid_p(mean.mean(), error, effective, i / 1000.0) < 0.05;
    }
    valid += valid_fired;
    plain += plain_fired;
  }
  EXPECT_LE(valid, 0.05 * streams);
  EXPECT_GT(plain, 0.2 * streams) << "what it is for";
}

}  // namespace
}  // namespace perennial::stats
