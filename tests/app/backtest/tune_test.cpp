#include "app/backtest/tune.hpp"

#include <gtest/gtest.h>

#include "app/backtest/results.hpp"
#include "core/config_node.hpp"
#include "triggers/config.hpp"

namespace perennial::app {
namespace {

TEST(Tune, proposes_the_policy_with_the_least_total_cost_but_never_the_oracle) {
  const auto proposal = propose(testing::result());
  ASSERT_TRUE(proposal.has_value()) << proposal.error().message();
  EXPECT_EQ(proposal->policy, "decay");
  EXPECT_EQ(proposal->strategy, "triggered");
  EXPECT_FALSE(proposal->why.empty());
  EXPECT_FALSE(proposal->freshness.empty());
  EXPECT_FALSE(proposal->compute.empty());
  EXPECT_FALSE(proposal->labels.empty());
}

TEST(Tune, its_fragment_is_a_config_that_does_what_the_backtest_did) {
  const auto proposal = propose(testing::result());
  const auto node = ConfigNode::parse(proposal->yaml, "fragment.yaml");
  ASSERT_TRUE(node.has_value()) << node.error().message() << "\n" << proposal->yaml;
  const auto triggers = triggers::parse_triggers((*node)["retrain"]);
  ASSERT_TRUE(triggers.has_value()) << triggers.error().message() << "\n" << proposal->yaml;
  ASSERT_EQ(triggers->when.size(), 1U);
  EXPECT_EQ(triggers->when[0]->label(), "decay");
  EXPECT_EQ(triggers->window->text(), "400rows");
  EXPECT_TRUE(triggers->cooldown.empty());
  EXPECT_EQ(triggers->min_priority, 1);
  EXPECT_EQ(*(*node)["strategy"].text(), "triggered");
  EXPECT_EQ(proposal->yaml.front(), '#') << "it says where it comes from";
}

TEST(Tune, a_schedule_is_the_strategy_scheduled) {
  auto result = testing::result();
  result.lines[1].total_cost = 1;
  const auto proposal = propose(result);
  EXPECT_EQ(proposal->policy, "scheduled:100rows");
  EXPECT_EQ(proposal->strategy, "scheduled");
}

TEST(Tune, says_which_labels_the_policy_needs) {
  struct Row {
    const char* when;
    const char* words;
  };
  const Row rows[] = {
      {R"([{"decay": {}}])", "live metric"},
      {R"([{"floor": {}}])", "live metric"},
      {R"(["cost"])", "live metric"},
      {R"([{"any": [{"every": "7d"}, {"all": [{"drift": {}}, {"decay": {}}]}]}])", "live metric"},
      {R"([{"at_least": {"n": 2, "of": [{"drift": {}}, {"floor": {}}]}}])", "live metric"},
      {R"([{"volume": "1000rows"}])", "counts them"},
      {R"([{"drift": {"share": 0.3}}])", "the inputs"},
      {R"([{"any": [{"importance": {}}, {"every": "7d"}]}])", "the inputs"},
      {R"([{"every": "7d"}])", "the clock"},
  };
  for (const Row& row : rows) {
    auto result = testing::result();
    for (auto& line : result.lines) line.run.when = Json::parse(row.when);
    for (auto& line : result.lines) line.run.retrains = 3;
    const auto proposal = propose(result);
    ASSERT_TRUE(proposal.has_value());
    std::string all;
    for (const auto& sentence : proposal->labels) all += sentence + "; ";
    EXPECT_NE(all.find(row.words), std::string::npos) << row.when << ": " << all;
  }
}

TEST(Tune, never_is_a_policy_too) {
  auto result = testing::result();
  result.lines[0].total_cost = 1;
  const auto proposal = propose(result);
  EXPECT_EQ(proposal->policy, "never");
  const auto node = ConfigNode::parse(proposal->yaml, "fragment.yaml");
  ASSERT_TRUE(node.has_value()) << node.error().message();
  const auto triggers = triggers::parse_triggers((*node)["retrain"]);
  ASSERT_TRUE(triggers.has_value()) << triggers.error().message();
  EXPECT_TRUE(triggers->when.empty());
}

TEST(Tune, of_equal_costs_the_one_that_retrains_less_is_taken) {
  auto result = testing::result();
  for (auto& line : result.lines) line.total_cost = 100;
  EXPECT_EQ(propose(result)->policy, "never");
}

TEST(Tune, without_a_policy_there_is_nothing_to_propose) {
  auto result = testing::result();
  result.lines.erase(result.lines.begin(), result.lines.begin() + 3);
  EXPECT_FALSE(propose(result).has_value());
}

}  // namespace
}  // namespace perennial::app
