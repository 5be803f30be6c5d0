#include "training/config.hpp"

#include <gtest/gtest.h>

#include "training/labelled.hpp"

namespace perennial::training {
namespace {

Result<TrainConfig> parse(const std::string& text) {
  ASSIGN_OR_RETURN(const auto node, ConfigNode::parse("train: " + text, "test.yaml"));
  return parse_train_config(node["train"]);
}

TEST(TrainConfig, nothing_said_gives_the_documented_defaults) {
  const auto config = parse_train_config(ConfigNode());
  ASSERT_TRUE(config.has_value()) << config.error().message();
  EXPECT_EQ(config->algorithm, "xgboost");
  EXPECT_EQ(config->limit, std::chrono::hours(4));
  EXPECT_EQ(config->seed, 42U);
  EXPECT_DOUBLE_EQ(config->holdout, 0.2);
  EXPECT_EQ(config->params.at("max_depth"), 6);
}

TEST(TrainConfig, reads_the_contracts_keys) {
  const auto config = parse(
      "{algorithm: xgboost, params: {max_depth: 3}, limit: 1h, min_rows: 10000, seed: 7, holdout: 10%, split: time}");
  ASSERT_TRUE(config.has_value()) << config.error().message();
  EXPECT_EQ(config->params.at("max_depth"), 3);
  EXPECT_EQ(config->min_rows, 10000U);
  EXPECT_DOUBLE_EQ(config->holdout, 0.1);
  EXPECT_EQ(config->split, SplitKind::time);
}

TEST(TrainConfig, mistakes_are_named) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const std::vector<Case> cases = {
      {"{algoritm: xgboost}", "algorithm"},
      {"{algorithm: lightgbm}", "xgboost"},
      {"{params: {max_dept: 3}}", "max_depth"},
      {"{search: {trials: 20}}", "search"},
      {"{holdout: 99%}", "holdout"},
      {"{split: random}", "time"},
      {"{limit: 0s}", "limit"},
  };
  for (const auto& c : cases) {
    const auto config = parse(c.text);
    ASSERT_FALSE(config.has_value()) << c.text;
    EXPECT_EQ(config.error().code, ErrorCode::config);
    EXPECT_NE(config.error().message().find(c.expected), std::string::npos) << config.error().message();
  }
}

TEST(TrainConfig, trap_29_the_hash_is_a_full_sha256_of_what_shapes_the_model) {
  const auto base = training::testing::make_signature();
  TrainConfig config = *parse_train_config(ConfigNode());
  const auto hash = config_hash(config, base, {});
  EXPECT_EQ(hash.size(), 64U);
  auto other = config;
  other.threads = 1;
  other.limit = std::chrono::hours(1);
  EXPECT_EQ(config_hash(other, base, {}), hash);
  other.params["max_depth"] = 5;
  EXPECT_NE(config_hash(other, base, {}), hash);
  EXPECT_NE(config_hash(config, base, {{"derive", 1}}), hash);
  auto renamed = base;
  renamed.targets[0].name = "z";
  EXPECT_NE(config_hash(config, renamed, {}), hash);
}

}  // namespace
}  // namespace perennial::training
