#include "stats/running_mean.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"
#include "stats/serial.hpp"

namespace perennial::stats {
namespace {

TEST(RunningMean, few_values_and_equal_values) {
  RunningMean mean;
  EXPECT_EQ(mean.n(), 0u);
  EXPECT_EQ(mean.mean(), 0);
  EXPECT_EQ(mean.standard_error(), 0);
  mean.add(3);
  EXPECT_EQ(mean.mean(), 3);
  EXPECT_EQ(mean.standard_error(), 0) << "one value has no spread";
  for (int i = 0; i < 1000; ++i) mean.add(3);
  EXPECT_EQ(mean.standard_error(), 0);
  EXPECT_EQ(mean.effective_n(), 1001);
  mean.add(5);
  EXPECT_NEAR(mean.mean(), 3 + 2.0 / 1002, 1e-12);
  EXPECT_GE(mean.standard_error(), 2.0 / 1002 - 1e-6);
  EXPECT_LE(mean.standard_error(), 4.0 / 1002) << "one batch of thirty differs from the others";
}

TEST(RunningMean, a_large_level_costs_no_digits) {
  Rng rng(1);
  RunningMean low;
  RunningMean high;
  for (int i = 0; i < 5000; ++i) {
    const double x = std::ldexp(std::floor(std::ldexp(rng.normal(), 10)), -10);
    low.add(x);
    high.add(x + 1e9);
  }
  EXPECT_NEAR(high.mean() - 1e9, low.mean(), 1e-6);
  EXPECT_NEAR(high.standard_error(), low.standard_error(), 1e-9);
}

// What the standard error is for: how the mean scatters from one draw to the next.
struct World {
  const char* name;
  int n;
  double carried;      ///< first-order autoregression
  double hidden;       ///< share of the variance that carries over by 0.95, the rest being new in every row
  double of_entities;  ///< share of the variance that belongs to one of 100 entities
  double least, most;  ///< of the mean standard error / the scatter of the means
};

TEST(RunningMean, standard_errors_cover_the_scatter_of_means) {
  const World worlds[] = {
      {"independent, 100", 100, 0, 0, 0, 0.97, 1.25},
      {"independent, 2000", 2000, 0, 0, 0, 0.97, 1.2},
      {"repelling neighbours", 1000, -0.5, 0, 0, 1.4, 2.2},
      {"autoregression", 1000, 0.8, 0, 0, 0.9, 1.25},
      {"a slow part under noise, 300", 300, 0, 0.5, 0, 0.75, 1.25},
      {"a slow part under noise, 3000", 3000, 0, 0.5, 0, 0.85, 1.2},
      {"100 entities, 500", 500, 0, 0, 0.5, 0.93, 1.2},
      {"100 entities, 10000", 10000, 0, 0, 0.5, 0.93, 1.2},
  };
  for (const auto& world : worlds) {
    constexpr int draws = 400;
    double squares = 0;
    double claimed = 0;
    for (int draw = 0; draw < draws; ++draw) {
      Rng rng(static_cast<std::uint64_t>(draw));
      double entity[100];
      for (double& level : entity) level = rng.normal();
      double state = rng.normal();
      double slow = rng.normal();
      RunningMean mean;
      for (int i = 0; i < world.n; ++i) {
        state = world.carried * state + std::sqrt(1 - world.carried * world.carried) * rng.normal();
        slow = 0.95 * slow + std::sqrt(1 - 0.95 * 0.95) * rng.normal();
        const double fast = std::sqrt(1 - world.hidden - world.of_entities) * state + std::sqrt(world.hidden) * slow;
        if (world.of_entities > 0) {
          const std::uint64_t which = rng.below(100);
          mean.add(fast + std::sqrt(world.of_entities) * entity[which], which);
        } else {
          mean.add(fast);
        }
      }
      squares += mean.mean() * mean.mean() / draws;
      claimed += mean.standard_error() / draws;
    }
    const double ratio = claimed / std::sqrt(squares);
    EXPECT_GT(ratio, world.least) << world.name;
    EXPECT_LT(ratio, world.most) << world.name;
  }
}

TEST(RunningMean, few_entities_are_all_there_are_once_rows_have_come_back_to_them) {
  RunningMean interleaved;
  RunningMean in_blocks;
  RunningMean sampled{RunningMean::Entities::sampled};
  RunningMean unnamed;
  for (std::uint64_t i = 0; i < 600; ++i) {
    const auto level = static_cast<double>(i % 3);
    interleaved.add(level, i % 3);
    sampled.add(level, i % 3);
    unnamed.add(level);
    in_blocks.add(static_cast<double>(i / 200), i / 200);
  }
  EXPECT_EQ(interleaved.standard_error(), unnamed.standard_error());
  EXPECT_NEAR(sampled.standard_error(), std::sqrt(1.0 / 3), 1e-12) << "three levels 0, 1, 2";
  EXPECT_DOUBLE_EQ(sampled.effective_n(), 2.0 / 3 / (1.0 / 3)) << "two units: three levels, one taken by their mean";
  EXPECT_GE(in_blocks.standard_error(), std::sqrt(1.0 / 3) - 1e-12);
  EXPECT_EQ(interleaved.clusters_seen(), 3u);
  EXPECT_EQ(unnamed.clusters_seen(), 0u);
}

TEST(RunningMean, squares_that_overflow_are_no_certainty) {
  RunningMean mean;
  mean.add(0);
  mean.add(1e200);
  mean.add(1);
  EXPECT_TRUE(std::isinf(mean.standard_error()));
}

}  // namespace
}  // namespace perennial::stats
