#include "lifecycle/metric_names.hpp"

#include <gtest/gtest.h>

#include "lifecycle/fleet_config.hpp"

namespace perennial::lifecycle {
namespace {

Result<std::vector<stats::OwnMetric>> parse(const std::string& yaml) {
  const auto node = ConfigNode::parse("metrics: " + yaml, "c.yaml");
  if (!node) return std::unexpected(node.error());
  const std::vector<std::string> names = {"rul", "health"};
  const std::vector<std::optional<Task>> tasks = {Task::regression, std::nullopt};
  return parse_metrics((*node)["metrics"], names, tasks);
}

TEST(MetricNames, own_metrics_are_read) {
  const auto metrics = parse(
      "{late: {target: rul, expression: \"max(error, 0)\", better: lower}, "
      "hits: {target: health, expression: \"correct*2\"}}");
  ASSERT_TRUE(metrics) << metrics.error().message();
  ASSERT_EQ(metrics->size(), 2u);
  EXPECT_EQ((*metrics)[0].formula(), "lower(max(error, 0))");
  EXPECT_EQ((*metrics)[1].formula(), "higher(correct*2)") << "higher is better where nothing is said";
  const std::vector<Target> targets = {{"rul", Task::regression, {}}, {"health", Task::multiclass, {"a", "b", "c"}}};
  EXPECT_EQ(split_metric("rul.late", targets, *metrics)->metric, "lower(max(error, 0))");
  EXPECT_EQ(split_metric("rul.late", targets, *metrics)->target, 0u);
  EXPECT_EQ(split_metric("health.late", targets, *metrics)->metric, "late") << "a metric is of its target only";
  EXPECT_EQ(split_metric("rul.rmse", targets, *metrics)->metric, "rmse");
  const auto all = monitored_metrics(targets, *metrics);
  for (const char* name : {"rul.late", "health.hits", "rul.phm08_mean", "rul.r2", "health.recall"})
    EXPECT_NE(std::find(all.begin(), all.end(), name), all.end()) << name;
  EXPECT_EQ(std::find(all.begin(), all.end(), "health.auc"), all.end());
}

TEST(MetricNames, mistakes_are_named) {
  struct Row {
    const char* yaml;
    const char* says;
  };
  for (const auto& row : std::vector<Row>{
           {"{late: {expression: error}}", "which one this metric is of"},
           {"{late: {target: rull, expression: error}}", "did you mean 'rul'"},
           {"{late: {target: rul, expression: eror}}", "did you mean 'error'"},
           {"{late: {target: rul, expression: tp}}", "tp"},
           {"{late: {target: rul}}", "missing"},
           {"{late: {target: rul, expression: error, better: more}}", "higher, lower"},
           {"{late: {target: rul, expression: error, beter: lower}}", "did you mean 'better'"},
           {"{rmse: {target: rul, expression: error}}", "built-in"},
           {"{\"a.b\": {target: rul, expression: error}}", "cannot be a metric's name"},
           {"[a]", "map"},
       }) {
    const auto parsed = parse(row.yaml);
    ASSERT_FALSE(parsed) << row.yaml;
    EXPECT_NE(parsed.error().message().find(row.says), std::string::npos) << parsed.error().message();
    EXPECT_EQ(parsed.error().code, ErrorCode::config) << row.yaml;
  }
}

TEST(MetricNames, policies_may_wait_for_what_is_measured_only) {
  const std::vector<Target> targets = {{"rul", Task::regression, {}}};
  const auto check = [&](const std::string& when) {
    const auto node = ConfigNode::parse("retrain: {when: [" + when + "]}", "c.yaml");
    const auto config = triggers::parse_triggers((*node)["retrain"]);
    EXPECT_TRUE(config) << config.error().message();
    return check_policies(*config, targets, {}, {});
  };
  EXPECT_TRUE(check("{floor: {metric: rul.phm08, above: 100}}"));
  EXPECT_TRUE(check("{decay: {metric: rul.phm08_mean, drop: 5%}}"));
  EXPECT_TRUE(check("{volume: 100rows}"));
  const auto sum = check("{decay: {metric: rul.phm08, drop: 5%}}");
  ASSERT_FALSE(sum) << "a sum over a window of another length is no baseline";
  EXPECT_NE(sum.error().message().find("phm08_mean"), std::string::npos);
  EXPECT_FALSE(check("{decay: {metric: rul.rsme, drop: 5%}}"));
  EXPECT_FALSE(check("{any: [{every: 7d}, {floor: {metric: rul.accuracy, below: 0.9}}]}")) << "inside an ensemble too";
}

}  // namespace
}  // namespace perennial::lifecycle
