#include "app/backtest/report.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "app/backtest/results.hpp"

namespace perennial::app {
namespace {

TEST(BacktestReport, has_the_fields_of_the_contract) {
  const Json report = backtest_report(testing::result());
  for (const char* field : {"model", "rows", "metric", "higher_is_better", "retrain_price", "floor", "policies"})
    EXPECT_TRUE(report.contains(field)) << field;
  ASSERT_EQ(report.at("policies").size(), 4U);
  for (const auto& policy : report.at("policies")) {
    for (const char* field :
         {"policy", "score", "loss", "retrains", "train_cpu_s", "retrain_cost", "total_cost", "excess", "timeline"})
      EXPECT_TRUE(policy.contains(field)) << field;
    EXPECT_EQ(policy.at("retrain_cost").get<double>(), 50.0 * policy.at("retrains").get<double>());
    EXPECT_EQ(policy.at("total_cost").get<double>(),
              policy.at("loss").get<double>() + policy.at("retrain_cost").get<double>());
    EXPECT_EQ(policy.at("excess").get<double>(), policy.at("total_cost").get<double>() - 180);
    for (const auto& entry : policy.at("timeline"))
      for (const char* field : {"row", "at", "event", "version", "detail"}) EXPECT_TRUE(entry.contains(field)) << field;
  }
  EXPECT_EQ(report.at("policies")[1].at("wasted"), 5) << "retrains without a promotion";
}

TEST(BacktestReport, a_score_that_is_not_defined_is_null) {
  auto result = testing::result();
  result.lines[0].run.score = std::numeric_limits<double>::quiet_NaN();
  const Json back = parse_json(to_text(backtest_report(result))).value();
  EXPECT_TRUE(back.at("policies")[0].at("score").is_null());
}

TEST(BacktestTable, has_a_row_per_policy_and_as_many_cells_as_heads) {
  const auto rows = backtest_table(testing::result());
  ASSERT_EQ(rows.size(), 5U);
  for (const auto& row : rows) EXPECT_EQ(row.size(), rows.front().size());
  EXPECT_EQ(rows[3], (std::vector<std::string>{"decay", "0.78", "220", "2", "1", "1.5", "100", "320", "140"}));
}

}  // namespace
}  // namespace perennial::app
