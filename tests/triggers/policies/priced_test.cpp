// What cost, cara and upf have in common, and the last two on streams.

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "triggers/drifting_stream.hpp"

namespace perennial::triggers {
namespace {

Result<TriggerConfig> parse(const std::string& when) {
  return parse_triggers(ConfigNode::parse("{cooldown: 0s, when: [" + when + "]}", "test.yaml").value());
}

TriggerConfig config_of(const std::string& when) {
  auto config = parse(when);
  EXPECT_TRUE(config.has_value()) << config.error().message();
  return config.value_or(TriggerConfig{});
}

/// `start` errors in each of the first five blocks, then `later`.
std::vector<LossBlock> blocks_of(std::size_t count, double start, double later) {
  std::vector<LossBlock> blocks;
  for (std::size_t b = 0; b < count; ++b) {
    LossBlock block;
    block.from_row = b * 100;
    block.rows = 100;
    block.loss = b < 5 ? start : later;
    block.version = "1.0.0";
    blocks.push_back(block);
  }
  return blocks;
}

Decision decision_of(const TriggerConfig& config, const std::vector<LossBlock>& blocks, double unit = 1) {
  TriggerInputs inputs;
  inputs.losses = blocks;
  inputs.loss_unit = unit;
  const auto decisions = decide(config, inputs, {}, TimePoint{});
  if (decisions.size() == 1) return decisions[0];
  ADD_FAILURE() << decisions.size() << " decisions";
  return {};
}

TEST(Priced, numbers_in_the_reason_decide) {
  struct Row {
    std::string says;
    std::string when;
    std::vector<LossBlock> blocks;
    double unit;
    bool retrain;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {"cumulative, below", "{cara: {price: 50}}", blocks_of(9, 10, 20), 1, false,
       "staleness of 40.0 errors over 900 rows is below the price of 50"},
      {"cumulative, reached", "{cara: {price: 50}}", blocks_of(10, 10, 20), 1, true,
       "staleness of 50.0 errors over 1000 rows reaches the price of 50"},
      {"in units of squared error", "{cara: {price: 50, unit: 2}}", blocks_of(10, 10, 20), 7, false,
       "staleness of 25.0 errors"},
      {"in the unit of the inputs", "{cara: {price: 50}}", blocks_of(10, 10, 20), 2, false, "staleness of 25.0 errors"},
      {"threshold", "{cara: {variant: threshold, price: 50}}", blocks_of(12, 10, 15), 1, true,
       "staleness of 50.0 errors over the next 1000 rows reaches"},
      {"threshold with a shorter horizon", "{cara: {variant: threshold, price: 50, horizon: 500rows}}",
       blocks_of(12, 10, 15), 1, false, "staleness of 25.0 errors over the next 500 rows is below"},
      {"periodic", "{cara: {variant: periodic, every: 1000rows}}", blocks_of(10, 10, 10), 1, true,
       "the period is 1000"},
      {"periodic, not yet", "{cara: {variant: periodic, every: 1000rows}}", blocks_of(9, 10, 10), 1, false,
       "served 900 rows of its period of 1000"},
      {"a period that nothing asks for", "{cara: {variant: periodic}}", blocks_of(100, 10, 10), 1, false,
       "of its period of 1000000000"},
      {"upf, nothing to gain", "{upf: {price: 50}}", blocks_of(30, 10, 10), 1, false, "below the price of 50"},
      {"upf, much to gain", "{upf: {price: 50}}", blocks_of(30, 10, 25), 1, true, "at or above the price of 50"},
      {"cost without any estimate: against its own start", "cost", blocks_of(30, 10, 25), 1, true,
       "a retrain pays from"},
      {"cost, nothing lost", "{cost: {price: 50}}", blocks_of(30, 10, 10), 1, false, "waiting has cost 0.0 errors"},
      {"cost, too new", "{cost: {price: 50}}", blocks_of(3, 10, 10), 1, false, "too new to be judged"},
  };
  for (const auto& row : rows) {
    const auto decision = decision_of(config_of(row.when), row.blocks, row.unit);
    EXPECT_EQ(decision.retrain, row.retrain) << row.says << ": " << decision.reason;
    EXPECT_NE(decision.reason.find(row.reason), std::string::npos) << row.says << ": " << decision.reason;
  }
}

TEST(Priced, a_block_is_weighed_once) {
  const auto config = config_of("{cost: {price: 50}}, {cara: {price: 50}}, {upf: {price: 50}}");
  auto blocks = blocks_of(8, 10, 10);
  TriggerInputs inputs;
  EXPECT_TRUE(decide(config, inputs, {}, TimePoint{}).empty()) << "no labels, nothing to say";
  inputs.losses = blocks;
  auto decisions = decide(config, inputs, {}, TimePoint{});
  EXPECT_EQ(decisions.size(), 3U);
  const auto memory = remember(config, inputs, {}, decisions, TimePoint{});
  EXPECT_TRUE(decide(config, inputs, memory, TimePoint{}).empty());
  blocks = blocks_of(9, 10, 10);
  inputs.losses = blocks;
  EXPECT_EQ(decide(config, inputs, memory, TimePoint{}).size(), 3U);
}

TEST(Priced, mistakes) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"{cost: {prise: 3}}", "did you mean 'price'"},
      {"{cost: {price: 0}}", "above 0"},
      {"{cost: {unit: -1}}", "above 0"},
      {"{cara: {variant: cumulated}}", "did you mean 'cumulative'"},
      {"{cara: {horizon: 100rows}}", "'horizon' goes with the variant threshold"},
      {"{cara: {variant: periodic, every: 7d}}", "a number of rows"},
      {"{upf: {confidence: 20%}}", "at least 50 %"},
      {"{upf: {horizon: 1h}}", "a number of rows"},
  };
  for (const auto& [yaml, says] : rows) {
    const auto config = parse(yaml);
    ASSERT_FALSE(config.has_value()) << yaml;
    EXPECT_NE(config.error().message().find(says), std::string::npos) << config.error().message();
  }
}

TEST(Priced, cara_and_upf_follow_steady_drift_and_cost_less_than_never) {
  for (const std::string when : {"{cara: {price: 50}}", "{cara: {price: 50, variant: threshold}}",
                                 "{cara: {price: 50, variant: periodic}}", "{upf: {price: 50}}"}) {
    const auto config = config_of(when);
    double never = 0;
    double total = 0;
    double still = 0;
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
      const DriftingStream steady(Change::steady, seed);
      const auto run = run_policy(steady, config);
      total += run.loss + 50 * static_cast<double>(run.retrains.size()) - steady.floor();
      never += steady.scheduled(0, 50) - steady.floor();
      EXPECT_GE(run.retrains.size(), 3U) << when;
      still += static_cast<double>(run_policy(DriftingStream(Change::none, seed), config).retrains.size());
    }
    EXPECT_LT(total, 0.6 * never) << when;
    RecordProperty("retrains without drift, " + when, fmt::format("{}", still / 5));
  }
}

}  // namespace
}  // namespace perennial::triggers
