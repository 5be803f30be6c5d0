#include <gtest/gtest.h>

#include <cmath>

#include "triggers/decide.hpp"

namespace perennial::triggers {
namespace {

const TimePoint start(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1));

TriggerConfig config_of(const std::string& when) {
  auto config = parse_triggers(ConfigNode::parse("{cooldown: 0s, when: [" + when + "]}", "test.yaml").value());
  EXPECT_TRUE(config.has_value()) << config.error().message();
  return config.value_or(TriggerConfig{});
}

ImportanceReport report_of(double shift, double noise) {
  ImportanceReport report;
  report.verdict = Verdict::pass;  // of the alarm, which has a threshold of its own
  report.target = "rul";
  report.shift = shift;
  report.noise = noise;
  report.columns = {{"s11", 0.4, 0.12}, {"s4", 0.1, 0.35}, {"s7", 0.2, 0.23}, {"s9", 0.3, 0.3}};
  return report;
}

TEST(ImportancePolicy, asks_where_the_shift_is_large_and_beyond_chance) {
  struct Row {
    std::string when;
    double shift;
    double noise;
    bool retrain;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {"{importance: {shift: 0.2}}", 0.31, 0.06, true,
       "importance for rul shifted by 0.31 (threshold 0.2; chance gives up to 0.06): s11 0.40 -> 0.12, s4 0.10 -> "
       "0.35, "
       "s7 0.20 -> 0.23"},
      {"{importance: {shift: 0.2}}", 0.2, 0.1, true,
       "importance for rul shifted by 0.20 (threshold 0.2; chance gives up to 0.10): s11 0.40 -> 0.12, s4 0.10 -> "
       "0.35, "
       "s7 0.20 -> 0.23"},
      {"{importance: {shift: 0.2}}", 0.19, 0.06, false, "importance for rul shifted by 0.19, below 0.2"},
      {"{importance: {shift: 0.2}}", 0.31, 0.35, false,
       "importance for rul shifted by 0.31, which is no more than chance gives (0.35)"},
      {"{importance: {shift: 40%}}", 0.31, 0.06, false, "importance for rul shifted by 0.31, below 0.4"},
      {"{importance: {}}", 0.19, 0, false, "importance for rul shifted by 0.19, below 0.2"},
      {"importance", 0.19, 0, false, "importance for rul shifted by 0.19, below 0.2"},
  };
  for (const auto& row : rows) {
    const auto config = config_of(row.when);
    const ImportanceReport report = report_of(row.shift, row.noise);
    TriggerInputs inputs;
    inputs.importance = &report;
    const auto decisions = decide(config, inputs, {}, start);
    ASSERT_EQ(decisions.size(), 1U) << row.when;
    EXPECT_EQ(decisions[0].policy, "importance");
    EXPECT_EQ(decisions[0].retrain, row.retrain) << row.reason;
    EXPECT_EQ(decisions[0].reason, row.reason);
    EXPECT_EQ(decisions[0].measured, row.shift);
    EXPECT_EQ(decisions[0].priority, 3);
  }
}

TEST(ImportancePolicy, trap_36_what_was_not_measured_never_retrains) {
  const auto config = config_of("{importance: {shift: 0.2}, priority: 5}");
  EXPECT_TRUE(decide(config, {}, {}, start).empty()) << "no look in this tick";
  ImportanceReport report;
  report.why_not = "300 reference rows and 100 rows of the window, 200 are needed of each";
  TriggerInputs inputs;
  inputs.importance = &report;
  const auto decisions = decide(config, inputs, {}, start);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_FALSE(decisions[0].retrain);
  EXPECT_TRUE(std::isnan(decisions[0].measured));
  EXPECT_EQ(decisions[0].reason,
            "the shift of importance is not known: 300 reference rows and 100 rows of the window, 200 are needed of "
            "each");
}

TEST(ImportancePolicy, is_one_sign_of_several) {
  const auto config = config_of(
      "{at_least: {n: 2, of: [{decay: {metric: rul.rmse, drop: 5%}}, {drift: {share: 30%}}, "
      "{importance: {shift: 0.2}}]}}");
  ASSERT_EQ(config.when.size(), 1U);
  EXPECT_EQ(config.when[0]->importance_shift(), 0.2);
  EXPECT_TRUE(config.when[0]->answers("importance"));
  const ImportanceReport shifted = report_of(0.31, 0.06);
  DriftReport drift;
  drift.verdict = Verdict::pass;
  TriggerInputs inputs;
  inputs.importance = &shifted;
  inputs.drift = &drift;
  auto decisions = decide(config, inputs, {}, start);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_FALSE(decisions[0].retrain) << "importance alone";
  drift.share = 0.5;
  decisions = decide(config, inputs, {}, start);
  ASSERT_EQ(decisions.size(), 1U);
  EXPECT_TRUE(decisions[0].retrain);
  EXPECT_TRUE(decisions[0].reason.starts_with("2 of 3 ask, 2 needed: ")) << decisions[0].reason;
  EXPECT_NE(decisions[0].reason.find("importance for rul shifted by 0.31"), std::string::npos) << decisions[0].reason;
}

TEST(ImportancePolicy, of_several_the_smallest_shift_is_measured_for) {
  EXPECT_EQ(config_of("{any: [{importance: {shift: 0.4}}, {importance: {shift: 0.3}}]}").when[0]->importance_shift(),
            0.3);
  EXPECT_EQ(config_of("{any: [{drift: {share: 30%}}, {volume: 10rows}]}").when[0]->importance_shift(), std::nullopt);
  EXPECT_NE(config_of("{importance: {shift: 0.4}}").when[0]->describe().find("shifted by 0.4"), std::string::npos);
}

}  // namespace
}  // namespace perennial::triggers
