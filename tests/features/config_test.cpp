#include "features/config.hpp"
#include <gtest/gtest.h>

#include "features/tables.hpp"

namespace perennial::features {
namespace {

Result<FeaturesConfig> parse(const std::string& text) {
  auto node = ConfigNode::parse(text, "test.yaml");
  if (!node) return std::unexpected(node.error());
  return parse_features(*node);
}

TEST(FeaturesConfig, reads_every_kind_of_derivation) {
  const auto config = parse(R"(
include: ["s*", setting1]
exclude: s9
derive:
  - {rolling: {columns: ["s*"], window: [5rows, 30], stats: [mean, slope]}}
  - {expanding: {columns: [s1], stats: max}}
  - {baseline: {columns: [s1], rows: 20, window: 5rows}}
  - {age: {as: cycles}}
  - {normalise: {columns: ["s*"], by: [{column: setting1, resolution: 5}, {column: setting2}]}}
)");
  ASSERT_OK(config);
  EXPECT_EQ(config->include, (std::vector<std::string>{"s*", "setting1"}));
  EXPECT_EQ(config->exclude, std::vector<std::string>{"s9"});
  ASSERT_EQ(config->derive.size(), 5u);
  const auto& rolling = std::get<Rolling>(config->derive[0]);
  EXPECT_EQ(rolling.windows, (std::vector<std::size_t>{5, 30}));
  EXPECT_EQ(rolling.stats, (std::vector<Stat>{Stat::mean, Stat::slope}));
  EXPECT_EQ(std::get<Expanding>(config->derive[1]).stats, std::vector<Stat>{Stat::max});
  EXPECT_EQ(std::get<Baseline>(config->derive[2]).rows, 20u);
  EXPECT_EQ(std::get<Baseline>(config->derive[2]).window, 5u);
  EXPECT_EQ(std::get<Age>(config->derive[3]).as, "cycles");
  EXPECT_EQ(std::get<Normalise>(config->derive[4]).by[0].resolution, 5);
  EXPECT_EQ(std::get<Normalise>(config->derive[4]).by[1].resolution, 1);
}

TEST(FeaturesConfig, mistakes_name_what_is_known) {
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"includes: [a]", "include"},
      {"derive: [{rolling: {columns: [a], window: 5rows, stats: [meen]}}]", "did you mean 'mean'"},
      {"derive: [{rolling: {columns: [a], window: 5rows, stats: [median]}}]", "ewm"},
      {"derive: [{rolling: {columns: [a], window: 5h, stats: [mean]}}]", "rows"},
      {"derive: [{rolling: {columns: [a], window: 1rows, stats: [mean]}}]", "2..10000"},
      {"derive: [{rolling: {columns: [a], window: 10001rows, stats: [mean]}}]", "2..10000"},
      {"derive: [{rolling: {columns: [a], stats: [mean]}}]", "window"},
      {"derive: [{rolling: {columns: [a], window: 5rows}}]", "stats"},
      {"derive: [{rolling: {window: 5rows, stats: [mean]}}]", "columns"},
      {"derive: [{expanding: {columns: [a], stats: [slope]}}]", "mean, std, min, max"},
      {"derive: [{lag: {columns: [a]}}]", "rolling"},
      {"derive: [{sql: \"a / b\", as: ratio}]", "sql"},
      {"derive: [{normalise: {columns: [a], by: [{column: b, resolution: 0}]}}]", "positive"},
      {"derive: {rolling: 1}", "list"},
  };
  for (const auto& [text, says] : rows) {
    const auto config = parse(text);
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, ErrorCode::config) << text;
    EXPECT_NE(config.error().message().find(says), std::string::npos) << text << " gives: " << config.error().message();
  }
}

TEST(FeaturesConfig, nothing_given_means_all_columns) {
  const auto config = parse_features(ConfigNode());
  ASSERT_OK(config);
  const std::vector<InputColumn> available = {{"a", ColumnKind::numeric}, {"b", ColumnKind::categorical}};
  EXPECT_EQ(*select_columns(*config, available), available);
}

TEST(FeaturesConfig, selects_in_the_order_of_the_file) {
  const std::vector<InputColumn> available = {
      {"s2", ColumnKind::numeric}, {"x", ColumnKind::numeric}, {"s1", ColumnKind::numeric}};
  const auto selected = select_columns({{"s1", "s?"}, {}, {}}, available);
  ASSERT_OK(selected);
  EXPECT_EQ(*selected, (std::vector<InputColumn>{available[0], available[2]}));
  EXPECT_FALSE(select_columns({{"t*"}, {}, {}}, available)) << "an include without a match is a mistake";
  EXPECT_FALSE(select_columns({{}, {"*"}, {}}, available)) << "nothing is left";
  EXPECT_TRUE(select_columns({{}, {"t*"}, {}}, available).has_value()) << "an exclude may match nothing";
}

}  // namespace
}  // namespace perennial::features
