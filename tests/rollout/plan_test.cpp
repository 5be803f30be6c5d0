#include "rollout/plan.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "rollout/strategy.hpp"

namespace perennial::rollout {
namespace {

using std::chrono::hours;

Result<Plan> parse(const std::string& yaml) {
  auto node = ConfigNode::parse("rollout: " + yaml, "test.yaml");
  if (!node) return std::unexpected(node.error());
  return parse_plan((*node)["rollout"]);
}

TEST(Plan, the_example_of_the_contract_is_read) {
  const auto plan =
      parse(R"({shadow: 12h, canary: {steps: [{weight: 5%, bake: 24h}, {weight: 25%, bake: 500rows}, {weight: 100%}],
    min_samples: 300, max_regression: 3%, confidence: 90%}, rollback_on: {latency_ms_p99: 150, error_rate: 2%}, keep: 4})");
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  EXPECT_EQ(plan->shadow.duration, hours(12));
  ASSERT_EQ(plan->steps.size(), 2u) << "100 % is the promotion";
  EXPECT_EQ(plan->steps[0], (Step{.weight = 0.05, .bake = {.duration = hours(24), .rows = 0}}));
  EXPECT_EQ(plan->steps[1].bake.rows, 500u);
  EXPECT_EQ(plan->min_samples, 300u);
  EXPECT_DOUBLE_EQ(plan->max_regression, 0.03);
  EXPECT_DOUBLE_EQ(plan->confidence, 0.9);
  EXPECT_DOUBLE_EQ(plan->latency_ms_p99, 150);
  EXPECT_DOUBLE_EQ(plan->error_rate, 0.02);
  EXPECT_EQ(plan->keep, 4);
  EXPECT_EQ(plan->watch.rows, 500u) << "the last bake";
  EXPECT_EQ(plan->deadline.duration, hours(24 * 30));
  EXPECT_GE(describe(*plan).size(), 6u);
}

TEST(Plan, short_forms_and_defaults) {
  const auto defaults = parse_plan(ConfigNode{});
  ASSERT_TRUE(defaults.has_value());
  EXPECT_EQ(*defaults, default_plan());
  EXPECT_EQ(defaults->min_samples, 1000u);
  EXPECT_DOUBLE_EQ(defaults->max_regression, 0.05);

  const auto bare = parse("{canary: {steps: [5%, 10%, 0.5, 100%], bake: 200rows}, watch: 3h}");
  ASSERT_TRUE(bare.has_value()) << bare.error().message();
  ASSERT_EQ(bare->steps.size(), 3u);
  for (const auto& step : bare->steps) EXPECT_EQ(step.bake.rows, 200u);
  EXPECT_DOUBLE_EQ(bare->steps[2].weight, 0.5);
  EXPECT_EQ(bare->watch.duration, hours(3));

  const auto only_bake = parse("{canary: {bake: 50rows}}");
  ASSERT_TRUE(only_bake.has_value());
  EXPECT_EQ(only_bake->steps[0].bake.rows, 50u) << "default weights with another bake";

  const auto shadow_only = parse("{shadow: 1h, canary: {steps: [100%]}}");
  ASSERT_TRUE(shadow_only.has_value());
  EXPECT_TRUE(shadow_only->steps.empty());
}

TEST(Plan, mistakes_are_named) {
  struct Row {
    std::string yaml;
    std::string says;
  };
  const std::vector<Row> rows = {
      {"{shadoww: 1h}", "did you mean 'shadow'"},
      {"{strategy: cnary}", "did you mean 'canary'"},
      {"{shadow: 0s, canary: {steps: [100%]}}", "full traffic unjudged"},
      {"{shadow: 0s, canary: {steps: []}}", "full traffic unjudged"},
      {"{canary: {steps: [10%, 5%]}}", "must increase"},
      {"{canary: {steps: [10%, 10%]}}", "must increase"},
      {"{canary: {steps: [100%, 5%]}}", "after the one of 100 %"},
      {"{canary: {steps: [0%]}}", "above 0"},
      {"{canary: {steps: [{weight: 5%, bake: 0s}]}}", "above 0"},
      {"{canary: {steps: 5%}}", "a list of steps"},
      {"{canary: {min_samples: 0}}", "test.yaml"},
      {"{canary: {max_regression: 120%}}", "test.yaml"},
      {"{canary: {confidence: 40%}}", "50 % to 99.99 %"},
      {"{canary: {confidence: 100%}}", "50 % to 99.99 %"},
      {"{rollback_on: {latency: 3}}", "latency_ms_p99"},
      {"{rollback_on: {latency_ms_p99: 0}}", "above 0 ms"},
      {"{keep: 0}", "test.yaml"},
      {"{deadline: 0s}", "above 0"},
      {"{deadline: 31d}", "30 days at most"},
      {"{deadline: 2d}", "the phases alone last longer than the deadline of 2d"},
      {"{deadline: 1000rows, shadow: 600rows, canary: {steps: [50%], bake: 400rows}}", "the phases alone"},
      {"{at_deadline: promote}", "'promote' is not how a rollout ends"},
      {"{strategy: linear, canary: {steps: [5%]}}", "counted out"},
      {"{strategy: linear, linear: {by: 0.1%}}", "1 % at least"},
      {"{strategy: canary, linear: {by: 10%}}", "numbers of the strategy 'linear'"},
      {"{strategy: blue_green, shadow: 0s}", "judged in shadow"},
      {"{strategy: blue_green, canary: {steps: [5%]}}", "has no steps"},
      {"{strategy: ab_test, ab_test: {effect: 0%}}", "above 0"},
      {"{strategy: ab_test, ab_test: {weight: 100%}}", "below 100 %"},
  };
  for (const auto& row : rows) {
    const auto plan = parse(row.yaml);
    ASSERT_FALSE(plan.has_value()) << row.yaml;
    EXPECT_EQ(plan.error().code, ErrorCode::config) << row.yaml;
    EXPECT_NE(plan.error().message().find(row.says), std::string::npos) << row.yaml << " → " << plan.error().message();
  }
}

TEST(Plan, the_phases_together_keep_the_deadline) {
  const auto plan =
      parse("{shadow: 12h, canary: {steps: [{weight: 5%, bake: 24h}, {weight: 25%, bake: 36h}]}, deadline: 6d}");
  ASSERT_TRUE(plan.has_value()) << plan.error().message();
  const auto shadow = phase_deadline(*plan, Phase::shadow, 0).duration;
  const auto first = phase_deadline(*plan, Phase::canary, 0).duration;
  const auto second = phase_deadline(*plan, Phase::canary, 1).duration;
  EXPECT_EQ(shadow + first + second, hours(6 * 24));
  EXPECT_EQ(shadow, hours(12 + 24)) << "its dwell, and a third of the three days that are left";
  EXPECT_EQ(second - first, hours(12));
  const auto rows = parse("{shadow: 100rows, canary: {steps: [{weight: 50%, bake: 200rows}]}, deadline: 1300rows}");
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(phase_deadline(*rows, Phase::shadow, 0).rows, 600u);
  EXPECT_EQ(phase_deadline(*rows, Phase::canary, 0).rows, 700u);
}

TEST(Plan, every_strategy_has_its_shape) {
  const auto linear = parse("{strategy: linear, linear: {from: 5%, by: 20%, every: 2h}, shadow: 1h}");
  ASSERT_TRUE(linear.has_value()) << linear.error().message();
  ASSERT_EQ(linear->steps.size(), 5u) << "5, 25, 45, 65, 85 %";
  EXPECT_DOUBLE_EQ(linear->steps.back().weight, 0.85);
  EXPECT_EQ(linear->watch.duration, hours(2));
  const auto tenths = parse("{strategy: linear, linear: {every: 1h}}");
  ASSERT_TRUE(tenths.has_value());
  EXPECT_EQ(tenths->steps.size(), 9u) << "10 to 90 %: sums of a tenth do not reach 1 by rounding";

  const auto switched = parse("{strategy: blue_green, shadow: 6h}");
  ASSERT_TRUE(switched.has_value());
  EXPECT_TRUE(switched->steps.empty());
  EXPECT_EQ(switched->watch.duration, hours(24));

  const auto test = parse("{strategy: ab_test, ab_test: {effect: 10%}}");
  ASSERT_TRUE(test.has_value());
  ASSERT_EQ(test->steps.size(), 1u);
  EXPECT_DOUBLE_EQ(test->steps[0].weight, 0.5);
  EXPECT_DOUBLE_EQ(test->effect, 0.1);
  EXPECT_FALSE(test->use_paired) << "what people did with the other answer is what it measures";
  for (const auto& plan : {*linear, *switched, *test}) EXPECT_GE(describe(plan).size(), 4u);
}

TEST(Plan, the_catalog_has_its_null_member) {
  EXPECT_EQ(strategies().names(), (std::vector<std::string>{"canary", "linear", "blue_green", "ab_test", "none"}));
}

}  // namespace
}  // namespace perennial::rollout
