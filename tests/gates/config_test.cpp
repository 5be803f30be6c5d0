#include "gates/config.hpp"

#include <gtest/gtest.h>

namespace perennial::gates {
namespace {

const std::vector<Target> targets = {{.name = "rul", .task = Task::regression, .classes = {}},
                                     {.name = "health", .task = Task::multiclass, .classes = {"a", "b", "c"}}};

Result<std::vector<GateCheck>> parse(const std::string& yaml) {
  auto node = ConfigNode::parse("gates: " + yaml, "test.yaml");
  if (!node) return std::unexpected(node.error());
  return parse_gates((*node)["gates"], targets);
}

TEST(GateConfig, every_kind_is_read_with_its_words) {
  const auto checks = parse(R"([{metric: rul.rmse, max: 12.0}, {metric: health.accuracy, min: 0.90},
    {metric: rul.rmse, vs: champion, worse_by_at_most: 5%},
    {metric: rul.rmse, vs: champion, worse_by_at_most: 0.5, confidence: 95%},
    {metric: health.accuracy, vs: champion, better_by_at_least: 0.01},
    {metric: rul.mae, vs: champion, better_by_at_least: 2%, confidence: 99%}, none])");
  ASSERT_TRUE(checks.has_value()) << checks.error().message();
  std::vector<std::string> words;
  for (const auto& check : *checks) words.push_back(check.kind + ": " + check.gate);
  EXPECT_EQ(words, (std::vector<std::string>{
                       "absolute: rul.rmse at most 12",
                       "absolute: health.accuracy at least 0.9",
                       "champion_non_inferior: rul.rmse worse than the champion's by at most 5 %",
                       "champion_non_inferior: rul.rmse worse than the champion's by at most 0.5 (confidence 95 %)",
                       "champion_better: health.accuracy better than the champion's by at least 0.01 (confidence 90 %)",
                       "champion_better: rul.mae better than the champion's by at least 2 % (confidence 99 %)",
                       "none: none",
                   }));
  EXPECT_TRUE((*checks)[2].threshold_is_relative);
  EXPECT_FALSE((*checks)[3].threshold_is_relative);
}

TEST(GateConfig, a_metric_of_the_models_own_is_measured_by_its_formula) {
  const std::vector<stats::OwnMetric> own = {{"rul", "late", "max(error, 0)", false}};
  const auto node = ConfigNode::parse("gates: [{metric: rul.late, max: 3}, {metric: rul.rmse, max: 12}]", "test.yaml");
  const auto checks = parse_gates((*node)["gates"], targets, own);
  ASSERT_TRUE(checks) << checks.error().message();
  EXPECT_EQ((*checks)[0].gate, "rul.late at most 3") << "people read its name";
  EXPECT_EQ((*checks)[0].measured(), "lower(max(error, 0))");
  EXPECT_EQ((*checks)[1].measured(), "rmse");
  EXPECT_EQ(default_gates("rul.late", own)[0].measured(), "lower(max(error, 0))");
  EXPECT_FALSE(parse("[{metric: rul.late, max: 3}]")) << "unknown without its definition";
}

TEST(GateConfig, no_node_is_no_gate_and_the_default_is_non_inferiority) {
  EXPECT_TRUE(parse_gates(ConfigNode{}, targets)->empty());
  const auto gates = default_gates("rul.rmse");
  ASSERT_EQ(gates.size(), 1u);
  EXPECT_EQ(gates[0].target, "rul");
  EXPECT_EQ(gates[0].metric, "rmse");
  EXPECT_TRUE(checks().find(gates[0].kind).has_value());
}

TEST(GateConfig, mistakes_are_named) {
  struct Row {
    std::string yaml;
    std::string says;
  };
  const std::vector<Row> rows = {
      {"[{metric: rul.rmse, maxx: 12}]", "did you mean 'max'"},
      {"[{metric: rul.rmse}]", "says nothing"},
      {"[{metric: rul.rmse, max: 12, min: 3}]", "one of max and min"},
      {"[{metric: rul.rmse, max: 12, worse_by_at_most: 5%}]", "can't be both"},
      {"[{metric: rull.rmse, max: 12}]", "did you mean 'rul'"},
      {"[{metric: rul.accuracy, min: 0.9}]", "metric of a regression target"},
      {"[{metric: health.auc, min: 0.9}]", "metric of a multiclass target"},
      {"[{metric: rmse, max: 12}]", "target.metric"},
      {"[{max: 12}]", "missing"},
      {"[{metric: rul.rmse, worse_by_at_most: 5%}]", "missing"},
      {"[{metric: rul.rmse, vs: staging, worse_by_at_most: 5%}]", "champion"},
      {"[{metric: rul.rmse, vs: champion, worse_by_at_most: -5%}]", "negative"},
      {"[{metric: rul.rmse, vs: champion, better_by_at_least: 1, confidence: 40%}]", "above 50 %"},
      {"[{metric: health.accuracy, vs: champion, better_by_at_least: 0.01, slice: {regime: \"*\"}}]", "not built yet"},
      {"{metric: rul.rmse, max: 12}", "a list of gates"},
  };
  for (const auto& row : rows) {
    const auto checks = parse(row.yaml);
    ASSERT_FALSE(checks.has_value()) << row.yaml;
    EXPECT_EQ(checks.error().code, ErrorCode::config) << row.yaml;
    EXPECT_NE(checks.error().message().find(row.says), std::string::npos)
        << row.yaml << " → " << checks.error().message();
  }
}

}  // namespace
}  // namespace perennial::gates
