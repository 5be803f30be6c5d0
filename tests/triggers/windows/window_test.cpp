#include "triggers/window.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace perennial::triggers {
namespace {

using std::chrono::days;
using std::chrono::hours;

const TimePoint start = TimePoint(std::chrono::sys_days(std::chrono::year(2025) / 1 / 1));

/// One row every six hours.
std::vector<TimePoint> rows(std::size_t count) {
  std::vector<TimePoint> times;
  for (std::size_t row = 0; row < count; ++row) times.push_back(start + hours(6) * static_cast<int>(row));
  return times;
}

std::shared_ptr<const Window> window(const std::string& yaml) {
  const auto node = ConfigNode::parse("window: " + yaml, "test.yaml");
  EXPECT_TRUE(node.has_value());
  auto made = parse_window((*node)["window"]);
  EXPECT_TRUE(made.has_value()) << yaml << ": " << made.error().message();
  return made.value_or(nullptr);
}

struct Facts {
  std::size_t rows = 1000;
  std::optional<std::size_t> champion_to{};  ///< row
  std::optional<std::size_t> change_at{};    ///< row
};

TEST(Windows, choose_the_rows_that_they_say) {
  struct Row {
    std::string what;
    std::string yaml;
    Facts facts;
    std::optional<std::size_t> first;  ///< nothing: no training set is offered
    std::string says;                  ///< in the reason
  };
  const std::vector<Row> cases = {
      {"a number of rows", "300rows", {}, 700, "300 of 1000 rows"},
      {"more rows than there are", "3000rows", {}, 0, "1000 of 1000 rows"},
      {"a length of time: four rows a day", "{sliding: 10d}", {}, 959, "the newest 10d"},
      {"a time without rows", "1s", {}, 999, "1 of 1000"},
      {"everything", "expanding", {}, 0, "all 1000 rows"},
      {"since the last retrain", "since_last_retrain", {1000, 800, {}}, 800, "the champion's newest row"},
      {"the same, too few rows", "since_last_retrain", {1000, 950, {}}, {}, "fewer than 120"},
      {"the same with a way out", "{since_last_retrain: {fallback: 500rows}}", {1000, 950, {}}, 500, "50 rows since"},
      {"the same, before the first version", "since_last_retrain", {}, 879, "before the first version"},
      {"since a change", "since_change", {1000, 400, 640}, 640, "360 rows since"},
      {"no change", "since_change", {1000, 400, {}}, {}, "no change was found"},
      {"a change just now", "since_change", {1000, 400, 990}, {}, "fewer than 120"},
      {"a change before all rows", "since_change", {1000, 400, 0}, {}, "older than all rows"},
      {"no change, with a way out", "{since_change: {fallback: 200rows}}", {1000, 400, {}}, 800, "no change was found"},
      {"a way out of a way out",
       "{since_change: {fallback: {since_last_retrain: {fallback: expanding}}}}",
       {1000, 990, 995},
       0,
       "all 1000 rows"},
      {"weights leave the rows", "{recency_weighted: {half_life: 100rows, within: 400rows}}", {}, 600, "halves"},
  };
  for (const auto& row : cases) {
    const auto made = window(row.yaml);
    ASSERT_NE(made, nullptr) << row.what;
    const auto times = rows(row.facts.rows);
    WindowInputs inputs{times, times.back(), {}, {}, 30};
    if (row.facts.champion_to) inputs.champion_train_to = times[*row.facts.champion_to];
    if (row.facts.change_at) inputs.change = {times[*row.facts.change_at], "the losses of 1.0.0"};
    const auto choice = made->choose(inputs);
    EXPECT_EQ(choice.has_value(), row.first.has_value()) << row.what;
    if (choice && row.first) {
      EXPECT_EQ(choice->first, *row.first) << row.what;
    }
    const std::string words = choice ? choice->reason : choice.error().what;
    EXPECT_NE(words.find(row.says), std::string::npos) << row.what << ": " << words;
  }
}

TEST(Windows, of_every_kind_cope_with_odd_rows) {
  for (const std::string yaml :
       {"100rows", "3d", "expanding", "since_last_retrain", "since_change", "{since_change: {fallback: 5d}}",
        "{recency_weighted: 50rows}", "{recency_weighted: {half_life: 1d, within: 90d}}"}) {
    const auto made = window(yaml);
    ASSERT_NE(made, nullptr);
    ASSERT_NE(window(made->text()), nullptr) << "what it says of itself can stand in a config";
    EXPECT_EQ(window(made->text())->text(), made->text());
    EXPECT_FALSE(made->describe().empty());
    const std::vector<std::vector<TimePoint>> odd = {
        {}, {start}, std::vector<TimePoint>(500, start), {start - days(20000), start, start + days(20000)}};
    for (const auto& times : odd)
      for (const std::optional<TimePoint> instant :
           {std::optional<TimePoint>(), std::optional(start), std::optional(start + days(30000))}) {
        WindowInputs inputs{times, start + days(1), instant, {}, 3};
        if (instant) inputs.change = {*instant, "somebody"};
        const auto choice = made->choose(inputs);
        if (!choice) {
          EXPECT_FALSE(choice.error().what.empty()) << yaml;
          continue;
        }
        EXPECT_LE(choice->first, times.size()) << yaml;
        EXPECT_FALSE(choice->reason.empty()) << yaml;
        EXPECT_EQ(choice->reason.find('\n'), std::string::npos) << yaml;
        if (choice->weights.empty()) continue;
        ASSERT_EQ(choice->weights.size(), times.size() - choice->first) << yaml;
        EXPECT_TRUE(std::ranges::is_sorted(choice->weights)) << yaml;
        EXPECT_EQ(choice->weights.back(), 1.0F) << yaml;
        EXPECT_GT(choice->weights.front(), 0.0F) << yaml;
      }
  }
}

TEST(Windows, recent_rows_weigh_twice_as_much_per_half_life) {
  const auto times = rows(201);
  const WindowInputs inputs{times, times.back(), {}, {}, 30};
  const auto by_rows = window("{recency_weighted: 100rows}")->choose(inputs);
  ASSERT_TRUE(by_rows.has_value());
  EXPECT_FLOAT_EQ(by_rows->weights[200], 1.0F);
  EXPECT_FLOAT_EQ(by_rows->weights[100], 0.5F);
  EXPECT_FLOAT_EQ(by_rows->weights[0], 0.25F);
  const auto by_time = window("{recency_weighted: 5d}")->choose(inputs);  // 20 rows
  ASSERT_TRUE(by_time.has_value());
  EXPECT_FLOAT_EQ(by_time->weights[180], 0.5F);
  EXPECT_FLOAT_EQ(by_time->weights[0], 0x1.0p-10F);
}

TEST(Windows, of_a_strategy_are_those_of_the_capabilities) {
  const auto times = rows(1000);  // 250 days
  struct Row {
    std::string what;
    std::string strategy;
    std::size_t rows;
    std::optional<std::size_t> champion_to;
    std::size_t first;
  };
  const std::vector<Row> cases = {
      {"scheduled: 90 days", "scheduled", 1000, 400, 639},
      {"triggered: since the champion's newest row", "triggered", 1000, 400, 400},
      {"triggered, the first version: 30 days", "triggered", 1000, {}, 879},
      {"triggered, nothing new: everything", "triggered", 1000, 990, 0},
      {"scheduled, few rows: everything", "scheduled", 100, {}, 0},
      {"others: 30 days", "incremental", 1000, 400, 879},
  };
  for (const auto& row : cases) {
    WindowInputs inputs{std::span(times).first(row.rows), times[row.rows - 1], {}, {}, 30};
    if (row.champion_to) inputs.champion_train_to = times[*row.champion_to];
    const auto choice = default_window(row.strategy)->choose(inputs);
    ASSERT_TRUE(choice.has_value()) << row.what;
    EXPECT_EQ(choice->first, row.first) << row.what << ": " << choice->reason;
  }
}

}  // namespace
}  // namespace perennial::triggers
