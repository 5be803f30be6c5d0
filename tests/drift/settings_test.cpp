#include "drift/settings.hpp"

#include <gtest/gtest.h>

namespace perennial::drift {
namespace {

Result<DriftSettings> parse(const std::string& yaml) {
  const auto node = ConfigNode::parse(yaml, "test.yaml");
  if (!node) return std::unexpected(node.error());
  return DriftSettings::parse(*node);
}

TEST(DriftSettings, an_absent_node_gives_the_defaults) {
  const auto settings = DriftSettings::parse(ConfigNode());
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->every, (Span{std::chrono::hours(1), 0}));
  EXPECT_EQ(settings->window.rows, 1000u);
  EXPECT_EQ(settings->min_rows, 200u);
  EXPECT_DOUBLE_EQ(settings->level({"ks", {}}), 0.01);
  EXPECT_DOUBLE_EQ(settings->level({"psi", {}}), 0.2);
  EXPECT_EQ(settings->stream.name_for(Task::binary), "self_starting_cusum");
  EXPECT_EQ(settings->stream.name_for(Task::regression), "self_starting_cusum");
}

TEST(DriftSettings, an_alarm_budget_decides_the_level_of_a_look) {
  const auto hourly = parse("{alarm_budget: {alarms: 1, per: 90d}, alpha: 5%}");
  ASSERT_TRUE(hourly) << hourly.error().message();
  EXPECT_DOUBLE_EQ(hourly->report_level(), 1.0 / 2160);
  EXPECT_DOUBLE_EQ(hourly->level({"rank_sum", {}}), 1.0 / 2160);
  ASSERT_EQ(hourly->tests.size(), 3u);
  EXPECT_EQ(hourly->tests[1].name, "rank_sum");
  const auto by_rows = parse("{every: 100rows, alarm_budget: {alarms: 0.5, per: 100000rows}, tests: [ks, psi]}");
  ASSERT_TRUE(by_rows) << by_rows.error().message();
  EXPECT_DOUBLE_EQ(by_rows->report_level(), 0.0005);
  EXPECT_EQ(by_rows->tests.size(), 2u) << "tests that are asked for stay";
  EXPECT_DOUBLE_EQ(parse("{every: 30d, alarm_budget: {alarms: 9, per: 90d}}")->report_level(), 0.5);
  for (const auto& [yaml, words] :
       std::vector<std::pair<std::string, std::string>>{{"{alarm_budget: {alarms: 1}}", "how long"},
                                                        {"{alarm_budget: {alarms: 0, per: 90d}}", "never errs"},
                                                        {"{alarm_budget: {per: 1000rows}}", "same unit"},
                                                        {"{every: 100rows, alarm_budget: {per: 90d}}", "same unit"},
                                                        {"{alarm_budget: {per: 30min}}", "shorter"},
                                                        {"{alarm_budget: {alarm: 1, per: 90d}}", "alarms"}}) {
    const auto refused = parse(yaml);
    ASSERT_FALSE(refused) << yaml;
    EXPECT_NE(refused.error().message().find(words), std::string::npos) << yaml << ": " << refused.error().message();
  }
}

TEST(DriftSettings, every_key_is_read) {
  const auto settings = parse(
      "{every: 500rows, window: 2000rows, tests: [{ks: 0.05}, psi], min_rows: 50, alpha: 0.1%, psi: 0.1, "
      "correction: bh, columns: [a, \"s*\"], hold: 3, stream: none}");
  ASSERT_TRUE(settings) << settings.error().message();
  EXPECT_EQ(settings->every.rows, 500u);
  EXPECT_EQ(settings->window.rows, 2000u);
  ASSERT_EQ(settings->tests.size(), 2u);
  EXPECT_DOUBLE_EQ(settings->level(settings->tests[0]), 0.05);
  EXPECT_DOUBLE_EQ(settings->level(settings->tests[1]), 0.1);
  EXPECT_DOUBLE_EQ(settings->alpha, 0.001);
  EXPECT_EQ(settings->correction, Correction::benjamini_hochberg);
  EXPECT_EQ(settings->hold, 3u);
  EXPECT_EQ(settings->stream.name_for(Task::binary), "none");
  EXPECT_TRUE(settings->includes("s11"));
  EXPECT_TRUE(settings->includes("a"));
  EXPECT_FALSE(settings->includes("ab"));
}

TEST(DriftSettings, mistakes_are_refused_with_what_would_be_right) {
  struct Row {
    std::string yaml;
    std::string says;
  };
  const std::vector<Row> rows{
      {"{widow: 10rows}", "window"},
      {"{tests: [kss]}", "ks"},
      {"{tests: [domain_classifier]}", "scores"},
      {"{tests: [{kl: 0}]}", "above 0"},
      {"{tests: [{mmd: 1}]}", "between 0 and 1"},
      {"{tests: [{ks: 2}]}", "between 0 and 1"},
      {"{tests: [{psi: 0}]}", "above 0"},
      {"{tests: []}", "none"},
      {"{tests: [ks, ks]}", "twice"},
      {"{tests: ks}", "list"},
      {"{correction: bonferoni}", "holm"},
      {"{window: 1h}", "rows"},
      {"{window: 100rows}", "min_rows"},
      {"{min_rows: 0}", "min_rows"},
      {"{alpha: 1}", "between 0 and 1"},
      {"{stream: dmd}", "ddm"},
      {"{stream: {adwin: {dleta: 0.1}}}", "delta"},
      {"{stream: {adwin: {delta: 2}}}", "delta"},
      {"{stream: {adwin: {clock: 1.5}}}", "whole number"},
      {"{stream: {adwin: {}, ddm: {}}}", "stream detector"},
      {"{stream: {auto: {k: 1}}}", "auto"},
      {"{hold: 0}", "hold"},
      {"{reference: training}", "reference"},
      {"[ks]", ""},
  };
  for (const auto& row : rows) {
    const auto settings = parse(row.yaml);
    ASSERT_FALSE(settings) << row.yaml;
    EXPECT_EQ(settings.error().code, ErrorCode::config) << row.yaml;
    EXPECT_NE(settings.error().message().find(row.says), std::string::npos) << settings.error().message();
  }
}

TEST(DriftSettings, columns_must_exist) {
  DriftSettings settings;
  EXPECT_TRUE(settings.check_columns({"a"}));
  settings.columns = {"s*1", "temprature"};
  const auto status = settings.check_columns({"s11", "temperature"});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message().find("temperature"), std::string::npos);
  EXPECT_TRUE(settings.includes("s11"));
  EXPECT_FALSE(settings.includes("s12"));
}

}  // namespace
}  // namespace perennial::drift
