#include "stats/serial.hpp"

#include <gtest/gtest.h>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

TEST(Serial, independent_values_keep_nearly_all_of_their_rows) {
  Rng rng(1);
  std::vector<double> values(5000);
  for (double& value : values) value = rng.normal();
  EXPECT_GT(serial_variance(values).effective_n, 3800);
  EXPECT_LE(serial_variance(values).effective_n, 5000);
}

TEST(Serial, values_that_resemble_their_neighbours_count_less) {
  Rng rng(2);
  std::vector<double> values(20000);
  double state = 0;
  for (double& value : values) value = state = 0.8 * state + rng.normal();
  // AR(1) with coefficient r has n (1 - r) / (1 + r) independent rows: a ninth.
  EXPECT_NEAR(serial_variance(values).effective_n, 20000.0 / 9, 700);
}

TEST(Serial, repelling_neighbours_are_not_extra_evidence) {
  std::vector<double> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = i % 2 == 0 ? 1 : -1;
  EXPECT_EQ(serial_variance(values).effective_n, 1000);
}

TEST(Serial, edges_are_defined) {
  EXPECT_EQ(serial_variance({}).effective_n, 0);
  EXPECT_EQ(serial_variance(std::vector<double>{3}).effective_n, 1);
  EXPECT_EQ(serial_variance(std::vector<double>(50, 3.0)).effective_n, 50);
}

}  // namespace
}  // namespace perennial::stats
