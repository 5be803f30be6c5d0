#include "triggers/config.hpp"

#include <gtest/gtest.h>

namespace perennial::triggers {
namespace {

Result<TriggerConfig> parse(std::string_view yaml) {
  auto node = ConfigNode::parse(yaml, "test.yaml");
  if (!node) return std::unexpected(node.error());
  return parse_triggers(*node);
}

TEST(TriggerConfig, the_example_of_the_contract_is_read) {
  const auto config = parse(R"(
window: 90d
cooldown: 12h
min_priority: 2
max_latency: 6h
when:
  - {schedule: "0 2 * * SUN", timezone: Europe/Berlin, misfire: skip}
  - {every: 7d}
  - {drift: {share: 30%}}
  - {decay: {metric: rul.rmse, drop: 5%}}
  - {floor: {metric: health.accuracy, below: 0.85, for: 3}}
  - {volume: 10000rows}
  - {event: upstream-etl}
  - manual
  - none
)");
  ASSERT_TRUE(config.has_value()) << config.error().message();
  EXPECT_EQ(config->window->text(), "90d");
  EXPECT_EQ(config->most_window_rows(), 0U);
  EXPECT_EQ(config->cooldown.duration, std::chrono::hours(12));
  EXPECT_EQ(config->min_priority, 2);
  EXPECT_EQ(config->max_latency.duration, std::chrono::hours(6));
  std::vector<std::string> labels;
  for (const auto& policy : config->when) labels.push_back(policy->label());
  EXPECT_EQ(labels, (std::vector<std::string>{"schedule", "schedule-2", "drift", "decay", "floor", "volume",
                                              "event:upstream-etl", "manual", "none"}));
  EXPECT_GE(describe(*config).size(), config->when.size());
}

TEST(TriggerConfig, defaults_are_those_of_the_capabilities) {
  const auto config = parse_triggers(ConfigNode{});
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->window, nullptr);
  EXPECT_TRUE(config->candidates.empty());
  EXPECT_EQ(config->cooldown.duration, std::chrono::hours(24));
  EXPECT_EQ(config->min_priority, 3);
  EXPECT_EQ(config->max_latency.duration, std::chrono::hours(24));
  EXPECT_TRUE(config->when.empty());
}

TEST(TriggerConfig, candidates_are_windows) {
  const auto config =
      parse("candidates: [5000rows, {recency_weighted: {half_life: 9d, within: 8000rows}}, since_change]");
  ASSERT_TRUE(config.has_value()) << config.error().message();
  std::vector<std::string> texts;
  for (const auto& window : config->candidates) texts.push_back(window->text());
  EXPECT_EQ(texts, (std::vector<std::string>{"5000rows", "{recency_weighted: {half_life: 9d, within: 8000rows}}",
                                             "since_change"}));
  EXPECT_EQ(config->most_window_rows(), 8000U);
}

TEST(TriggerConfig, mistakes_are_named_with_place_and_known_names) {
  struct Row {
    std::string yaml;
    std::string says;
  };
  const std::vector<Row> rows = {
      {"cooldwon: 3h", "did you mean 'cooldown'"},
      {"when: [{drfit: {share: 30%}}]", "did you mean 'drift'"},
      {"when: [weekly]",
       "known: schedule, cost, cara, upf, any, all, at_least, drift, decay, importance, floor, volume, event, manual, "
       "none"},
      {"when: [{cost: {prices: 3}}]", "did you mean 'price'"},
      {"aging: soon", "aging"},
      {"when: {drift: {share: 30%}}", "a list of policies"},
      {"when: [{drift: {}}]", "exactly one of share, score and columns"},
      {"when: [{drift: {share: 30%, score: 0.2}}]", "exactly one of share, score and columns"},
      {"when: [{drift: {share: 0}}]", "without drift"},
      {"when: [{drift: {share: 130%}}]", "share"},
      {"when: [{drift: {columns: {}}}]", "columns with their tests"},
      {"when: [{decay: {metric: rmse, drop: 5%}}]", "target.metric"},
      {"when: [{decay: {metric: y.rmse, drop: 0}}]", "above 0"},
      {"when: [{decay: {metric: y.rmse}}]", "missing"},
      {"when: [{importance: {shfit: 0.2}}]", "did you mean 'shift'"},
      {"when: [{importance: {shift: 0}}]", "without a change"},
      {"when: [{importance: {shift: 3}}]", "3 is not a share"},
      {"when: [{importance: 0.2}]", "known keys: shift"},
      {"when: [{floor: {metric: y.rmse}}]", "exactly one of below and above"},
      {"when: [{floor: {metric: y.rmse, above: 3, for: often}}]", "evaluations in a row"},
      {"when: [{volume: 3h}]", "number of rows"},
      {"when: [{event: manual}]", "always there"},
      {"when: [{schedule: \"0 0 30 2 *\"}]", "never fires"},
      {"when: [{schedule: \"0 0 * * *\", misfire: replay}]", "catch_up_once"},
      {"when: [{every: 7d, timezone: UTC}]", "goes with a cron expression"},
      {"when: [{every: 7d, schedule: \"@daily\"}]", "one of a cron expression and 'every'"},
      {"when: [{every: 0s}]", "all the time"},
      {"when: [{drift: {share: 30%}, volume: 100rows}]", "names two policies"},
      {"when: [{drift: {share: 30%}, priority: 6}]", "test.yaml:1"},
      {"min_priority: 0", "test.yaml:1"},
      {"window: 0s", "empty training window"},
      {"window: newest", "known: sliding, expanding, since_last_retrain, since_change, recency_weighted"},
      {"window: since_chnage", "did you mean 'since_change'"},
      {"window: sliding", "needs a span"},
      {"window: recency_weighted", "needs a half-life"},
      {"window: {recency_weighted: {half_life: 0s}}", "half-life"},
      {"window: {since_change: {falback: 3d}}", "did you mean 'fallback'"},
      {"window: {since_change: {fallback: soon}}", "unknown training window 'soon'"},
      {"window: {sliding: 3d, expanding: {}}", "one name with its parameters"},
      {"candidates: [5000rows]", "a list of 2 to 4"},
      {"candidates: [1d, 2d, 3d, 4d, 5d]", "a list of 2 to 4"},
      {"candidates: since_change", "a list of 2 to 4"},
      {"window: 90d\ncandidates: [90d, since_change]", "both say what is trained on"},
  };
  for (const auto& row : rows) {
    const auto config = parse(row.yaml);
    ASSERT_FALSE(config.has_value()) << row.yaml;
    EXPECT_EQ(config.error().code, ErrorCode::config) << row.yaml;
    EXPECT_NE(config.error().message().find(row.says), std::string::npos)
        << row.yaml << " → " << config.error().message();
    EXPECT_NE(config.error().message().find("test.yaml"), std::string::npos)
        << row.yaml << " → " << config.error().message();
  }
}

TEST(TriggerConfig, the_catalog_names_every_policy_with_its_parameters) {
  EXPECT_EQ(policies().names(),
            (std::vector<std::string>{"schedule", "cost", "cara", "upf", "any", "all", "at_least", "drift", "decay",
                                      "importance", "floor", "volume", "event", "manual", "none"}));
  for (const auto& kind : policies().members()) EXPECT_FALSE(kind.entry.summary.empty()) << kind.entry.name;
}

}  // namespace
}  // namespace perennial::triggers
