#include "rollout/self_test.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/rng.hpp"
#include "rollout/judge.hpp"

namespace perennial::rollout {
namespace {

Plan half_split() {
  Plan plan = default_plan();
  plan.steps = {{.weight = 0.5, .bake = {.duration = std::chrono::hours(1), .rows = 0}}};
  plan.min_samples = 100;
  return plan;
}

/// Rows of 200 entities, each with a level of its own; `told`: the rows say whose they are.
std::vector<SelfTestRow> rows_of_entities(std::size_t n, double level, bool told) {
  Rng rng(5);
  std::vector<double> levels;
  for (int e = 0; e < 200; ++e) levels.push_back(level * rng.normal());
  std::vector<SelfTestRow> rows;
  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t entity = rng.below(200);
    SelfTestRow row{.loss = {.value = 1 + levels[entity] + 0.3 * rng.normal()}, .unit = entity, .entity = {}};
    if (told) row.entity = entity;
    rows.push_back(row);
  }
  return rows;
}

TEST(SelfTest, keeps_its_promise_on_rows_that_hang_together_where_it_knows_how) {
  const auto test = self_test(half_split(), rows_of_entities(4000, 0.2, true), 200, 1);
  EXPECT_EQ(test.draws, 200u);
  EXPECT_LE(test.low, 0.05) << "an error of 5 % is promised; found " << test.rate;
  EXPECT_LE(test.rate, test.high);
  EXPECT_EQ(test, self_test(half_split(), rows_of_entities(4000, 0.2, true), 200, 1));
}

TEST(SelfTest, finds_a_judge_that_errs_more_often_than_it_says) {
  // The same rows, and the judge is not told that they are 200 entities and not 4000 independent rows.
  const auto test = self_test(half_split(), rows_of_entities(4000, 0.5, false), 200, 1);
  EXPECT_GE(test.low, 0.05) << "found " << test.rate;
}

TEST(SelfTest, no_rows_are_no_draws) { EXPECT_EQ(self_test(half_split(), {}, 200, 1).draws, 0u); }

}  // namespace
}  // namespace perennial::rollout
