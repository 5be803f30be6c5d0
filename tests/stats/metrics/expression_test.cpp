#include "stats/metrics/expression.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "stats/reference_data.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

Influence measured(const std::string& text, const Case& c) {
  const auto metric = ExpressionMetric::parse(text, c.target.task);
  EXPECT_TRUE(metric) << metric.error().message();
  const auto influence = metric->influence(c.scored());
  EXPECT_TRUE(influence) << influence.error().message();
  return *influence;
}

TEST(Expression, profit_per_row_by_hand) {
  // Said 1, 1, 0, 0; true 1, 0, 1, 0: one of each cell.
  const Case c{binary_target(), {0.1f, 0.9f, 0.3f, 0.7f, 0.6f, 0.4f, 0.7f, 0.3f}, {1, 0, 1, 0}};
  const Influence profit = measured("tp*120 - fp*8 - fn*60", c);
  EXPECT_DOUBLE_EQ(profit.value, (120 - 8 - 60 + 0) / 4.0);
  EXPECT_EQ(profit.n, 4u);
  // Standard deviation of 120, -8, -60, 0 over sqrt(4).
  EXPECT_NEAR(to_estimate(profit).standard_error, std::sqrt(5796.0) / 2, 1e-9);
  EXPECT_NEAR(measured("p", c).value, (0.9 + 0.7 + 0.4 + 0.3) / 4, 1e-7);
  EXPECT_DOUBLE_EQ(measured("tp + fp + tn + fn", c).value, 1);
}

TEST(Expression, says_what_the_built_in_metrics_say) {
  struct Row {
    std::string text;
    std::string metric;
    Case c;
  };
  for (const auto& row : std::vector<Row>{{"correct", "accuracy", binary_case()},
                                          {"tp + tn", "accuracy", binary_case()},
                                          {"correct", "accuracy", multiclass_case()},
                                          {"said == y", "accuracy", multiclass_case()},
                                          {"-log(min(p_true, 1))", "log_loss", multiclass_case()},
                                          {"-log(y*p + (1-y)*(1-p))", "log_loss", binary_case()},
                                          {"abs_error", "mae", regression_case()},
                                          {"abs(p - y)", "mae", regression_case()}}) {
    SCOPED_TRACE(row.text + " against " + row.metric);
    const auto built_in = evaluate(row.metric, row.c.scored());
    ASSERT_TRUE(built_in);
    const Estimate own = to_estimate(measured(row.text, row.c));
    EXPECT_NEAR(own.value, built_in->value, 1e-6);
    EXPECT_NEAR(own.standard_error, built_in->standard_error, 1e-6);
  }
  const Case c = regression_case();
  EXPECT_NEAR(std::sqrt(measured("squared_error", c).value), evaluate("rmse", c.scored())->value, 1e-9);
  EXPECT_NEAR(measured("max(error, 0) + max(-error, 0)", c).value, evaluate("mae", c.scored())->value, 1e-9);
}

TEST(Expression, a_label_that_the_target_does_not_have_is_nobodys_hit) {
  const Case c{binary_target(), {0.9f, 0.1f, 0.1f, 0.9f}, {-1, 5}};
  EXPECT_EQ(measured("tp + tn + fn", c).value, 0);
  EXPECT_EQ(measured("fp", c).value, 0.5);
  EXPECT_EQ(measured("y", c).value, -1);
}

TEST(Expression, rows_without_a_label_and_rows_not_used_do_not_count) {
  Case c{regression_target(), {1, 2, 3}, {0, nan, 1}};
  EXPECT_DOUBLE_EQ(measured("error", c).value, 1.5);
  const auto metric = ExpressionMetric::parse("error", Task::regression);
  EXPECT_DOUBLE_EQ(metric->influence(c.scored(), {}, {false, true, true})->value, 2);
  c.truth = {nan, nan, nan};
  EXPECT_EQ(metric->influence(c.scored()).error().code, ErrorCode::invalid);
}

TEST(Expression, columns_of_the_data_may_take_part) {
  const Case c{binary_target(), {0.1f, 0.9f, 0.3f, 0.7f}, {1, 0}};
  const std::vector<std::string> extra{"amount"};
  const auto metric = ExpressionMetric::parse("tp*amount - fp*8", Task::binary, extra);
  ASSERT_TRUE(metric) << metric.error().message();
  std::vector<double> amounts{50, 1000};
  const std::vector<NamedValues> columns{{"amount", amounts}};
  EXPECT_DOUBLE_EQ(metric->influence(c.scored(), columns)->value, 21);
  EXPECT_EQ(metric->influence(c.scored()).error().code, ErrorCode::internal);
  amounts[0] = nan;
  const auto missing = metric->influence(c.scored(), columns);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message().find("row 0"), std::string::npos);
}

TEST(Expression, a_value_that_is_not_finite_is_an_error_that_names_the_row) {
  const Case c{regression_target(), {1, 2, 3}, {0, 2, 1}};
  const auto metric = ExpressionMetric::parse("1/error", Task::regression);
  const auto influence = metric->influence(c.scored());
  ASSERT_FALSE(influence);
  EXPECT_EQ(influence.error().code, ErrorCode::invalid);
  EXPECT_NE(influence.error().message().find("row 1"), std::string::npos) << influence.error().message();
}

TEST(Expression, names_belong_to_the_task) {
  for (const Task task : {Task::binary, Task::multiclass, Task::regression})
    for (const auto& name : expression_names(task)) EXPECT_TRUE(ExpressionMetric::parse(name, task)) << name;
  const auto wrong = ExpressionMetric::parse("tp - abs_error", Task::binary);
  ASSERT_FALSE(wrong);
  EXPECT_NE(wrong.error().message().find("known: tp, fp, tn, fn, correct, y, p"), std::string::npos)
      << wrong.error().message();
  const auto metric = ExpressionMetric::parse("y", Task::binary);
  EXPECT_EQ(metric->influence(regression_case().scored()).error().code, ErrorCode::invalid);
}

TEST(Expression, without_labels_it_is_the_mean_over_them) {
  const Case c{binary_target(), {0.1f, 0.9f, 0.7f, 0.3f}, {}};
  const auto metric = ExpressionMetric::parse("tp*120 - fp*8 - fn*60", Task::binary);
  const auto expected = metric->expected_influence(c.scored(), {2, {0.2, 0.8, 0.9, 0.1}});
  ASSERT_TRUE(expected) << expected.error().message();
  EXPECT_NEAR(expected->value, ((0.8 * 120 - 0.2 * 8) + (-0.1 * 60)) / 2, 1e-9);
  EXPECT_EQ(metric->expected_influence(c.scored(), {2, {1, 0}}).error().code, ErrorCode::invalid);
  const auto regression = ExpressionMetric::parse("error", Task::regression);
  EXPECT_EQ(regression->expected_influence(regression_case().scored(), {2, {}}).error().code, ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::stats
