#include "stats/kolmogorov.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/special.hpp"

namespace perennial::stats {
namespace {

// By hand: one value u in [0, 1] has D = max(u, 1 - u), so P(D >= x) = 2 (1 - x) for x >= 1/2; of two values
// P(D+ >= x) = x (1 - x) ... by the sum, and P(D >= 3/4) = 2 (1/4)^2.
TEST(Kolmogorov, small_samples_by_hand) {
  EXPECT_NEAR(kolmogorov_n_sf(1, 0.75), 0.5, 1e-14);
  EXPECT_NEAR(kolmogorov_n_sf(1, 0.5), 1, 1e-14);
  EXPECT_NEAR(kolmogorov_n_sf(2, 0.75), 2 / 16.0, 1e-14);
  EXPECT_NEAR(smirnov_sf(1, 0.3), 0.7, 1e-14);
  EXPECT_NEAR(smirnov_sf(2, 0.75), 1 / 16.0, 1e-14);
}

// Marsaglia, Tsang & Wang (2003) give P(D_10 < 0.274) = 0.6284796154565...
TEST(Kolmogorov, the_value_of_the_paper) { EXPECT_NEAR(1 - kolmogorov_n_sf(10, 0.274), 0.62847961545650, 1e-13); }

TEST(Kolmogorov, methods_meet_where_one_takes_over) {
  for (const double n : {20.0, 140.0, 141.0, 1000.0, 4096.0}) {
    double last = 1;
    for (double z = 0.3; z < 4; z += 0.004) {
      const double p = kolmogorov_n_sf(n, z / std::sqrt(n));
      EXPECT_LE(p, last * (1 + 2e-6)) << n << " " << z;
      EXPECT_GT(p, last * 0.93 - 4e-3) << n << " " << z;
      last = p;
    }
  }
}

// At 4096 all terms are summed, just above it every second one: the values of 4097 are those of the whole sum. The
// large ones were summed over all terms in extended precision once.
TEST(Kolmogorov, leaving_terms_out_changes_nothing) {
  const std::vector<std::pair<double, double>> whole = {{1.5, 0.010933426177051671},
                                                        {2.0, 0.00032811738431262903},
                                                        {3.0, 1.464616962298627e-08},
                                                        {4.0, 1.1833972802468677e-14}};
  for (const auto& [z, all] : whole) EXPECT_NEAR(smirnov_sf(4097, z / std::sqrt(4097.0)), all, 1e-8 * all) << z;
  EXPECT_NEAR(2 * smirnov_sf(2294731, 0.002040717895257008), 9.995017143650177e-09, 1e-8 * 1e-8);
  EXPECT_NEAR(2 * smirnov_sf(2156008, 0.0011954032128232066), 0.004213448590210169, 1e-8 * 4e-3);
  EXPECT_NEAR(2 * smirnov_sf(8228226, 0.0011415970396849683), 9.693565915897489e-10, 1e-8 * 1e-9);
}

TEST(Kolmogorov, large_samples_go_to_the_limit) {
  for (const double z : {0.5, 0.8, 1.2, 1.6, 2.5})
    EXPECT_NEAR(kolmogorov_n_sf(1e8, z / 1e4), kolmogorov_sf(z), z / 1e4 * kolmogorov_sf(z))
        << z;  // first order: 2 z / (3 sqrt n)
}

TEST(Kolmogorov, edges) {
  EXPECT_EQ(kolmogorov_n_sf(10, 0), 1);
  EXPECT_EQ(kolmogorov_n_sf(10, 1), 0);
  EXPECT_EQ(smirnov_sf(10, -1), 1);
  EXPECT_EQ(smirnov_sf(10, 2), 0);
  EXPECT_TRUE(std::isnan(kolmogorov_n_sf(10, std::nan(""))));
}

}  // namespace
}  // namespace perennial::stats
