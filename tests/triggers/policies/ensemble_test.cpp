#include <gtest/gtest.h>

#include "triggers/decide.hpp"

namespace perennial::triggers {
namespace {

using std::chrono::hours;

const TimePoint start(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1));

Result<TriggerConfig> parse(const std::string& yaml) {
  return parse_triggers(ConfigNode::parse(yaml, "test.yaml").value());
}

TriggerConfig config_of(const std::string& yaml) {
  auto config = parse(yaml);
  EXPECT_TRUE(config.has_value()) << config.error().message();
  return config.value_or(TriggerConfig{});
}

/// What is seen in one hour of the loop.
struct Hour {
  bool drift = false;
  bool volume = false;
  bool retrain = false;  ///< what is expected
};

void play(const std::string& when, const std::vector<Hour>& story, const std::string& says) {
  const auto config = config_of("{cooldown: 0s, when: [" + when + "]}");
  TriggerMemory memory;
  TimePoint now = start;
  DriftReport report;
  report.verdict = Verdict::pass;
  for (std::size_t i = 0; i < story.size(); ++i, now += hours(1)) {
    TriggerInputs inputs;
    report.share = story[i].drift ? 0.5 : 0.0;
    inputs.drift = &report;
    inputs.rows_labelled_since_training = story[i].volume ? 1000 : 0;
    const auto decisions = decide(config, inputs, memory, now);
    ASSERT_EQ(decisions.size(), 1U) << says;
    EXPECT_EQ(decisions[0].retrain, story[i].retrain) << says << ", hour " << i << ": " << decisions[0].reason;
    memory = remember(config, inputs, memory, decisions, now);
    if (decisions[0].retrain) memory = after_success(memory, now, 0);
  }
}

TEST(Ensemble, any_all_and_at_least) {
  const std::string two = "[{drift: {share: 30%}}, {volume: 100rows}]";
  play("{any: " + two + "}", {{false, false, false}, {true, false, true}, {false, true, true}}, "any");
  play("{all: " + two + "}", {{true, false, false}, {false, true, true}, {false, true, false}},
       "all: votes of different hours count, and none of them twice");
  play("{all: " + two + ", within: 2h}", {{true, false, false}, {}, {}, {false, true, false}},
       "a vote is forgotten after its time");
  play("{at_least: {n: 2, of: [{drift: {share: 30%}}, {volume: 100rows}, {drift: {share: 90%}}]}}",
       {{true, false, false}, {true, true, true}}, "two of three");
  play("{any: " + two + ", warmup: 3h}",
       {{true, false, false}, {true, false, false}, {true, false, false}, {true, false, true}}, "warm-up");
}

TEST(Ensemble, the_reason_names_the_votes_and_the_priority_is_the_highest) {
  const auto config =
      config_of("{when: [{at_least: {n: 1, of: [{volume: 100rows, priority: 4}, {drift: {share: 30%}}]}}]}");
  TriggerInputs inputs;
  inputs.rows_labelled_since_training = 100;
  const auto decisions = decide(config, inputs, {}, start);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_TRUE(decisions[0].retrain);
  EXPECT_EQ(decisions[0].priority, 4);
  const auto modest =
      config_of("{min_priority: 1, when: [{any: [{volume: 100rows, priority: 2}, {drift: {share: 30%}}]}]}");
  EXPECT_EQ(decide(modest, inputs, {}, start)[0].priority, 2) << "of the one that asks";
  EXPECT_EQ(decisions[0].reason, "1 of 2 ask, 1 needed: 100 or more new labelled rows since the last training");
}

TEST(Ensemble, members_keep_their_own_memory) {
  // A floor inside an ensemble counts its evaluations in a row as it does outside.
  const auto config =
      config_of("{when: [{any: [{floor: {metric: y.accuracy, below: 0.9, for: 3}}, {volume: 1000rows}]}]}");
  TriggerMemory memory;
  for (int look = 1; look <= 3; ++look) {
    TriggerInputs inputs;
    inputs.current_metrics["y.accuracy"] = {.value = 0.8, .standard_error = 0.01, .n = 100};
    const auto decisions = decide(config, inputs, memory, start + hours(look));
    ASSERT_EQ(decisions.size(), 1U);
    EXPECT_EQ(decisions[0].retrain, look == 3) << decisions[0].reason;
    memory = remember(config, inputs, memory, decisions, start + hours(look));
  }
  const auto copy = trigger_memory_from_json(to_json(memory));
  ASSERT_TRUE(copy.has_value());
  EXPECT_EQ(to_json(*copy), to_json(memory));
}

TEST(Ensemble, an_event_in_any_is_answered_when_it_comes) {
  const auto config = config_of("{when: [{any: [{event: etl}, {volume: 1000rows}]}]}");
  TriggerInputs inputs;
  inputs.events = {{.trigger = "etl", .id = "e1", .priority = 3, .at = start, .metadata = {}}};
  const auto decisions = decide(config, inputs, {}, start);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_TRUE(decisions[0].retrain);
}

TEST(Ensemble, mistakes) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"{any: [{every: 7d}]}", "at least two"},
      {"{any: {every: 7d}}", "at least two"},
      {"{all: [{event: a}, {every: 7d}]}", "'event' cannot be counted"},
      {"{all: [manual, {every: 7d}]}", "'manual' cannot be counted"},
      {"{any: [{all: [{every: 7d}, {every: 8d}]}, {every: 7d}]}", "'all' cannot be counted"},
      {"{at_least: {n: 3, of: [{every: 7d}, {every: 8d}]}}", "3 of 2 policies can never ask"},
      {"{at_least: {n: 1, of: [{evry: 7d}, {every: 8d}]}}", "evry"},
      {"{any: [{every: 7d}, {every: 8d}], within: 0s}", "within"},
  };
  for (const auto& [yaml, says] : rows) {
    const auto config = parse("when: [" + yaml + "]");
    ASSERT_FALSE(config.has_value()) << yaml;
    EXPECT_EQ(config.error().code, ErrorCode::config);
    EXPECT_NE(config.error().message().find(says), std::string::npos) << config.error().message();
  }
}

}  // namespace
}  // namespace perennial::triggers
