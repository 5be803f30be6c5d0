#include "stats/metrics/own_metric.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "stats/label_maturity.hpp"
#include "stats/metrics/expression.hpp"
#include "stats/paired.hpp"
#include "stats/reference_data.hpp"

namespace perennial::stats {
namespace {

TEST(OwnMetric, a_formula_says_direction_and_expression) {
  const OwnMetric profit{"y", "profit", "tp*120 - fp*8", true};
  EXPECT_EQ(profit.formula(), "higher(tp*120 - fp*8)");
  const std::string formula = profit.formula();
  const auto read = parse_formula(formula);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->higher_is_better);
  EXPECT_EQ(read->expression, "tp*120 - fp*8");
  EXPECT_FALSE(parse_formula(OwnMetric{"y", "late", "max(error, 0)", false}.formula())->higher_is_better);
  for (const char* name : {"accuracy", "higher", "higher(", "lower(x", "(x)"})
    EXPECT_FALSE(parse_formula(name)) << name;
}

TEST(OwnMetric, is_taken_wherever_a_metric_is) {
  const Case c = binary_case();
  const std::string profit = OwnMetric{"y", "profit", "tp*120 - fp*8 - fn*60", true}.formula();
  const auto expression = ExpressionMetric::parse("tp*120 - fp*8 - fn*60", Task::binary);
  ASSERT_TRUE(expression);
  const auto value = evaluate(profit, c.scored());
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_DOUBLE_EQ(value->value, expression->influence(c.scored())->value);
  EXPECT_GT(value->standard_error, 0);
  EXPECT_TRUE(*higher_is_better(profit));
  EXPECT_FALSE(*higher_is_better("lower(fp)"));
  EXPECT_TRUE(check_metric(profit, c.target));
  EXPECT_FALSE(check_metric(profit, regression_target()));
  EXPECT_EQ(check_metric("higher(tpp)", c.target).error().code, ErrorCode::config);

  // All costs of nothing but the false positives: fewer of them are an improvement.
  Case careful = c;
  for (std::size_t i = 0; i < 400; ++i) {
    careful.outputs[2 * i] += 0.2f;
    careful.outputs[2 * i + 1] -= 0.2f;
  }
  const auto compared = compare_paired("lower(fp)", careful.scored(), c.scored());
  ASSERT_TRUE(compared) << compared.error().message();
  EXPECT_GT(compared->improvement, 0);
  EXPECT_LT(compared->p_value, 0.01);
  EXPECT_LT(compare_paired("higher(fp)", careful.scored(), c.scored())->improvement, 0);

  Truth none(400, std::nan(""));
  const auto restated = restate(profit, c.scored(), none);
  ASSERT_TRUE(restated) << restated.error().message();
  EXPECT_FALSE(restated->before);
  EXPECT_DOUBLE_EQ(restated->after->value, value->value);
}

}  // namespace
}  // namespace perennial::stats
