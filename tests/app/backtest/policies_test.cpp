#include "app/backtest/policies.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace perennial::app {
namespace {

std::vector<std::string> names(const std::vector<PolicyChoice>& choices) {
  std::vector<std::string> all;
  for (const auto& choice : choices) all.push_back(choice.name);
  return all;
}

TEST(BacktestPolicies, names_become_entries_of_the_config) {
  struct Row {
    const char* text;
    const char* when;
  };
  const std::vector<Row> rows = {
      {"never", "[]"},
      {"scheduled:1000rows", R"([{"every":"1000rows"}])"},
      {"scheduled:7d", R"([{"every":"7d"}])"},
      {"volume:500rows", R"([{"volume":"500rows"}])"},
      {"drift", R"([{"drift":{"share":"30%"}}])"},
      {"decay", R"([{"decay":{"drop":"5%","metric":"y.rmse"}}])"},
      {"importance", R"([{"importance":{}}])"},
      {"config", "[]"},
  };
  for (const auto& row : rows) {
    const auto choices = parse_policies(row.text, Json::object());
    ASSERT_TRUE(choices.has_value()) << row.text << ": " << choices.error().message();
    ASSERT_EQ(choices->size(), 1U) << row.text;
    const Json when = filled_in(choices->front(), "y.rmse", 50, 2.5);
    EXPECT_EQ(to_text(when), row.when) << row.text;
    const auto made = make_policies(when);
    ASSERT_TRUE(made.has_value()) << row.text << ": " << made.error().message();
    EXPECT_EQ(made->size(), when.size()) << row.text;
  }
}

TEST(BacktestPolicies, the_models_own_entry_comes_first) {
  const Json retrain = {{"when",
                         {{{"every", "500rows"}},
                          {{"drift", {{"score", 0.2}}}, {"priority", 4}},
                          {{"decay", {{"metric", "y.mae"}, {"drop", "10%"}}}}}}};
  const auto choices = parse_policies("drift, decay ,config", retrain);
  ASSERT_TRUE(choices.has_value()) << choices.error().message();
  EXPECT_EQ(to_text(filled_in((*choices)[0], "y.rmse", 50, 1)), R"([{"drift":{"score":0.2},"priority":4}])");
  EXPECT_EQ(to_text(filled_in((*choices)[1], "y.rmse", 50, 1)), R"([{"decay":{"drop":"10%","metric":"y.mae"}}])");
  EXPECT_EQ((*choices)[2].when, retrain.at("when"));
  EXPECT_EQ(make_policies((*choices)[2].when)->size(), 3U);
}

TEST(BacktestPolicies, a_policy_that_weighs_a_price_is_told_price_and_unit) {
  for (const auto& kind : triggers::policies().members()) {
    const auto takes = [&](const char* name) {
      const auto& all = kind.entry.parameters;
      return std::any_of(all.begin(), all.end(), [&](const Parameter& one) { return one.name == name; });
    };
    if (!takes("price")) continue;
    const auto choices = parse_policies(kind.entry.name, Json::object());
    ASSERT_TRUE(choices.has_value()) << choices.error().message();
    EXPECT_TRUE(choices->front().priced) << kind.entry.name;
    const Json when = filled_in(choices->front(), "y.rmse", 20, 2.5);
    EXPECT_EQ(when[0][kind.entry.name].at("price"), 20.0) << kind.entry.name;
    EXPECT_EQ(when[0][kind.entry.name].contains("unit"), takes("unit")) << kind.entry.name;
    if (takes("unit")) {
      EXPECT_EQ(when[0][kind.entry.name].at("unit"), 2.5) << kind.entry.name;
    }
    const auto made = make_policies(when);
    EXPECT_TRUE(made.has_value()) << made.error().message();
  }
}

TEST(BacktestPolicies, the_default_list_has_what_the_build_has) {
  const auto choices = parse_policies("", Json::object());
  ASSERT_TRUE(choices.has_value()) << choices.error().message();
  const auto all = names(*choices);
  for (const char* name : {"never", "scheduled:300rows", "scheduled:1000rows", "drift", "decay"})
    EXPECT_NE(std::find(all.begin(), all.end(), name), all.end()) << name;
  for (const auto& choice : *choices)
    EXPECT_TRUE(make_policies(filled_in(choice, "y.rmse", 50, 1)).has_value()) << choice.name;
}

TEST(BacktestPolicies, a_name_that_stands_twice_counts_once) {
  EXPECT_EQ(names(*parse_policies("never,drift,never", Json::object())), (std::vector<std::string>{"never", "drift"}));
}

TEST(BacktestPolicies, what_is_not_known_names_what_is) {
  for (const char* text : {"sometimes", "manual", "never,,drift", "schedule", "scheduled"}) {
    const auto choices = parse_policies(text, Json::object());
    ASSERT_FALSE(choices.has_value()) << text;
    EXPECT_EQ(choices.error().code, ErrorCode::usage) << text;
    for (const char* known : {"never", "scheduled:SPAN", "drift", "decay", "oracle"})
      EXPECT_NE(choices.error().message().find(known), std::string::npos) << text << ": " << choices.error().message();
  }
  for (const char* text : {"scheduled:often", "scheduled:", "volume:3d", "scheduled:0rows"}) {
    const auto choices = parse_policies(text, Json::object());
    ASSERT_FALSE(choices.has_value()) << text;
    EXPECT_EQ(choices.error().code, ErrorCode::usage) << text;
    EXPECT_NE(choices.error().message().find(text), std::string::npos) << choices.error().message();
  }
}

}  // namespace
}  // namespace perennial::app
