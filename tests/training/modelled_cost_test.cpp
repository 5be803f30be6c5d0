#include "training/modelled_cost.hpp"

#include <gtest/gtest.h>

namespace perennial::training {
namespace {

using namespace std::chrono_literals;

TEST(ModelledCost, grows_with_every_dimension_from_a_fixed_part) {
  EXPECT_EQ(modelled_duration({}), 2s);
  EXPECT_EQ(modelled_duration({1000000, 10, 100, 1}), 2s + 1200ms);
  EXPECT_EQ(modelled_duration({1000000, 10, 100, 2}), 2s + 2400ms);
}

TEST(ModelledCost, huge_sizes_do_not_overflow) {
  EXPECT_EQ(modelled_duration({~0ull, ~0ull, ~0ull, ~0ull}), std::chrono::hours(24 * 3650));
}

TEST(ModelledCost, costs_what_the_time_costs) {
  EXPECT_NEAR(modelled_cost({1000000, 100, 3000, 10}, {0s, 1.2, 2.0}), 2.0, 1e-9);
}

}  // namespace
}  // namespace perennial::training
