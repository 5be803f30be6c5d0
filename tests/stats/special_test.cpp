#include "stats/special.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perennial::stats {
namespace {

// SciPy 1.17.1: special.ndtr, ndtri, stats.t.sf, chi2.sf, chi2.isf, special.kolmogorov.
TEST(Special, agree_with_scipy) {
  struct Row {
    double ours;
    double scipy;
  };
  const std::vector<Row> rows{
      {normal_cdf(-8), 6.22096057427174e-16},
      {normal_cdf(-1.96), 0.024997895148220435},
      {normal_cdf(3), 0.9986501019683699},
      {normal_quantile(1e-10), -6.361340902404056},
      {normal_quantile(0.975), 1.959963984540054},
      {student_t_sf(2, 5), 0.050969739414929174},
      {student_t_sf(-1.3, 2.5), 0.8497566053646458},
      {student_t_sf(10, 30), 2.287625704114809e-11},
      {student_t_sf(1.96, 1e6), 0.024998033792634926},
      {chi_squared_sf(3.84, 1), 0.05004352124870519},
      {chi_squared_sf(20, 10), 0.029252688076961124},
      {chi_squared_sf(100, 10), 5.4497019829205215e-17},
      {chi_squared_quantile_upper(0.01, 9), 21.665994333461928},
      {chi_squared_quantile_upper(0.0002, 11), 35.562995498960845},
      {kolmogorov_sf(0.3), 0.9999906941986655},
      {kolmogorov_sf(0.5), 0.9639452436648751},
      {kolmogorov_sf(0.9), 0.3927307079406543},
      {kolmogorov_sf(1.0), 0.26999967167735456},
      {kolmogorov_sf(1.5), 0.022217962616525127},
      {kolmogorov_sf(2.5), 7.453306344157342e-06},
  };
  for (const auto& row : rows) EXPECT_NEAR(row.ours / row.scipy, 1, 1e-9) << row.scipy;
}

TEST(Special, edges_neither_throw_nor_surprise) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  EXPECT_EQ(normal_quantile(0), -inf);
  EXPECT_EQ(normal_quantile(1), inf);
  EXPECT_TRUE(std::isnan(normal_quantile(1.5)));
  EXPECT_TRUE(std::isnan(student_t_sf(nan, 3)));
  EXPECT_EQ(student_t_sf(inf, 3), 0);
  EXPECT_NEAR(student_t_sf(1.96, inf), 0.0249979, 1e-6);
  EXPECT_EQ(chi_squared_sf(-1, 3), 1);
  EXPECT_EQ(chi_squared_sf(inf, 3), 0);
  EXPECT_EQ(chi_squared_sf(5, 0), 1);
  EXPECT_EQ(chi_squared_quantile_upper(0, 3), inf);
  EXPECT_EQ(chi_squared_quantile_upper(1, 3), 0);
  EXPECT_EQ(kolmogorov_sf(0), 1);
  EXPECT_NEAR(student_t_cdf(2, 5) + student_t_sf(2, 5), 1, 1e-15);
}

}  // namespace
}  // namespace perennial::stats
