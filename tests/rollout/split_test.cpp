#include "rollout/split.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perennial::rollout {
namespace {

// The numbers were computed with a second implementation of XXH64, so that neither a library nor a platform can move
// an entity to the other arm unnoticed.
TEST(Split, trap_01_the_arm_of_an_entity_is_the_same_in_every_process) {
  const auto seed = split_seed("rollout-7");
  struct Row {
    std::string entity;
    std::uint32_t bucket;
  };
  const std::vector<Row> rows = {{"unit-1", 4590}, {"unit-2", 3015},
                                 {"unit-3", 8521}, {"engine 42", 746},
                                 {"", 5382},       {"a-much-longer-entity-key-with-more-than-32-bytes", 3301}};
  for (const auto& row : rows) EXPECT_EQ(bucket_of(row.entity, seed), row.bucket) << row.entity;
  EXPECT_EQ(bucket_of("unit-1", split_seed("rollout-8")), 7235u) << "another salt, another cohort";
}

TEST(Split, trap_01_buckets_are_nested_as_the_weight_grows) {
  const auto seed = split_seed("nested");
  const std::vector<double> weights = {0, 0.0001, 0.05, 0.1, 0.25, 0.5, 0.999, 1};
  for (int i = 0; i < 5000; ++i) {
    const auto entity = "unit-" + std::to_string(i);
    bool was_challenger = false;
    for (const double weight : weights) {
      const bool is_challenger = arm_of(entity, seed, weight) == Arm::challenger;
      EXPECT_TRUE(is_challenger || !was_challenger) << entity << " left the challenger's arm at " << weight;
      was_challenger = is_challenger;
    }
    EXPECT_EQ(arm_of(entity, seed, 0), Arm::champion);
    EXPECT_EQ(arm_of(entity, seed, 1), Arm::challenger);
  }
}

TEST(Split, share_of_100k_entities_is_the_weight) {
  const auto seed = split_seed("share");
  for (const double weight : {0.01, 0.05, 0.25, 0.5}) {
    int challengers = 0;
    for (int i = 0; i < 100000; ++i)
      challengers += arm_of("customer/" + std::to_string(i), seed, weight) == Arm::challenger;
    const double tolerance = 5 * std::sqrt(weight * (1 - weight) / 100000);
    EXPECT_NEAR(challengers / 100000.0, weight, tolerance) << weight;
  }
}

TEST(Split, two_salts_choose_independent_cohorts) {
  const auto first = split_seed("one");
  const auto second = split_seed("two");
  int both = 0;
  for (int i = 0; i < 100000; ++i) {
    const auto entity = std::to_string(i);
    both += arm_of(entity, first, 0.1) == Arm::challenger && arm_of(entity, second, 0.1) == Arm::challenger;
  }
  EXPECT_NEAR(both / 100000.0, 0.01, 0.002);
}

TEST(Split, odd_weights_never_send_traffic_by_accident) {
  EXPECT_EQ(challenger_buckets(0), 0u);
  EXPECT_EQ(challenger_buckets(-1), 0u);
  EXPECT_EQ(challenger_buckets(std::numeric_limits<double>::quiet_NaN()), 0u);
  EXPECT_EQ(challenger_buckets(0.05), 500u);
  EXPECT_EQ(challenger_buckets(0.29), 2900u) << "0.29 * 10000 is 2899.99… in doubles";
  EXPECT_EQ(challenger_buckets(1), 10000u);
  EXPECT_EQ(challenger_buckets(7), 10000u);
}

}  // namespace
}  // namespace perennial::rollout
