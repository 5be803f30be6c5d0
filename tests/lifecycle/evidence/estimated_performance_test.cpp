#include "lifecycle/evidence/estimated_performance.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/rng.hpp"
#include "drift/decay.hpp"
#include "lifecycle/evidence/recent_rows.hpp"

namespace perennial::lifecycle {
namespace {

const std::vector<Target> two_targets = {{"churned", Task::binary, {"no", "yes"}}, {"price", Task::regression, {}}};

/// x says how the rows are: churn is a coin whose sureness grows with |x|, the price is missed by more where x is high.
HeldOutAnswers made(Rng& rng, std::size_t rows, double mean, double spread = 1) {
  HeldOutAnswers answers;
  Column x{"x", ColumnKind::numeric, {}, {}, nullptr};
  answers.truth.resize(2);
  answers.outputs = {rows, 3, {}};
  for (std::size_t i = 0; i < rows; ++i) {
    x.numbers.push_back(mean + spread * rng.normal());
    const double z = x.numbers.back();
    const double p = 1 / (1 + std::exp(-2 * z));
    const double price = 10 + z;
    for (const double value : {1 - p, p, price}) answers.outputs.values.push_back(static_cast<float>(value));
    answers.truth[0].push_back(rng.uniform() < p ? 1 : 0);
    answers.truth[1].push_back(price + std::exp(0.5 * z) * rng.normal());
    answers.inputs.times.push_back(TimePoint(std::chrono::minutes(i)));
  }
  answers.inputs.columns = {x};
  answers.inputs.rows = rows;
  return answers;
}

double measured(const HeldOutAnswers& answers, std::size_t target, const std::string& metric) {
  return stats::evaluate(
             metric, {answers.outputs.values, 3, target == 0 ? 0U : 2U, &two_targets[target], answers.truth[target]})
      ->value;
}

TEST(EstimatedPerformance, follows_the_rows_for_either_kind_of_target) {
  Rng rng(1);
  const auto reference = made(rng, 3000, 0);
  EstimatedPerformance churn(reference, two_targets, {0, "accuracy"});
  EstimatedPerformance price(reference, two_targets, {1, "rmse"});
  for (const double mean : {-0.5, 0.0, 0.5}) {
    const auto now = made(rng, 2000, mean);
    const auto accuracy = churn.estimate(now.inputs, now.outputs, 100);
    ASSERT_TRUE(accuracy) << accuracy.error().message();
    EXPECT_EQ(accuracy->method, "cbpe");
    EXPECT_NEAR(accuracy->estimate.value, measured(now, 0, "accuracy"), 0.03) << mean;
    const auto rmse = price.estimate(now.inputs, now.outputs, 100);
    ASSERT_TRUE(rmse) << rmse.error().message();
    EXPECT_EQ(rmse->method, "dle");
    EXPECT_EQ(rmse->metric, "price.rmse");
    EXPECT_NEAR(rmse->estimate.value / measured(now, 1, "rmse"), 1, 0.1) << mean;
  }
  EXPECT_EQ(churn.estimate(made(rng, 50, 0).inputs, made(rng, 50, 0).outputs, 100).error().code, ErrorCode::invalid);
  EXPECT_FALSE(EstimatedPerformance(reference, two_targets, {1, "r2"})
                   .estimate(made(rng, 500, 0).inputs, made(rng, 500, 0).outputs, 100));
}

TEST(EstimatedPerformance, the_same_rows_give_the_same_estimate_after_a_restart) {
  Rng rng(2);
  const auto reference = made(rng, 1500, 0);
  const auto now = made(rng, 500, 0.3);
  for (const MetricName& metric : {MetricName{0, "auc"}, MetricName{1, "mae"}}) {
    EstimatedPerformance first(*decode_held_out(encode(reference, "1.0.0")), two_targets, metric);
    EstimatedPerformance again(*decode_held_out(encode(reference, "1.0.0")), two_targets, metric);
    EXPECT_EQ(drift::to_json(*first.estimate(now.inputs, now.outputs, 100)),
              drift::to_json(*again.estimate(now.inputs, now.outputs, 100)));
  }
}

// A warning that cries wolf is switched off. 400 looks at rows like the held-out ones, 20 versions.
TEST(EstimatedPerformance, stable_rows_are_not_said_to_have_fallen) {
  int falls = 0;
  for (std::uint64_t version = 0; version < 20; ++version) {
    Rng rng(100 + version);
    const auto reference = made(rng, 1000, 0);
    EstimatedPerformance churn(reference, two_targets, {0, "accuracy"});
    const auto baseline = stats::evaluate(
        "accuracy", {reference.outputs.values, 3, 0, &two_targets[0], reference.truth[0]}, stats::Dependence::serial);
    ASSERT_TRUE(baseline);
    for (int look = 0; look < 20; ++look) {
      const auto now = made(rng, 500, 0);
      const auto estimate = churn.estimate(now.inputs, now.outputs, 100);
      ASSERT_TRUE(estimate);
      falls += drift::judge_decay(*baseline, estimate->estimate, {"churned.accuracy"}, true).detected ? 1 : 0;
    }
  }
  EXPECT_LE(falls, 4) << "of 400; 1 % at most";
}

TEST(EstimatedPerformance, names_the_column_whose_shift_costs) {
  Rng rng(3);
  auto reference = made(rng, 3000, 0);
  auto now = made(rng, 1000, 0.8);
  for (auto* side : {&reference, &now}) {
    Column idle{"idle", ColumnKind::numeric, {}, {}, nullptr};
    for (std::size_t i = 0; i < side->rows(); ++i) idle.numbers.push_back(rng.normal() + (side == &now ? 2 : 0));
    side->inputs.columns.insert(side->inputs.columns.begin(), idle);
  }
  EstimatedPerformance price(reference, two_targets, {1, "rmse"});
  DriftReport drift;
  drift.drifting_columns = {"idle", "x"};
  const auto impact = price.rank(now.inputs, now.outputs, drift);
  ASSERT_TRUE(impact) << impact.error().message();
  EXPECT_EQ(impact->columns[0].column, "x") << "idle moved further, and nothing depends on it";
  EXPECT_GT(impact->columns[0].share, 0.3) << "what moves within the outer bins is nobody's";
}

feedback::PredictionRecord record(std::size_t rows, double x, const std::vector<std::pair<std::string, float>>& by) {
  feedback::PredictionRecord record;
  record.request.columns = {{"x", ColumnKind::numeric, std::vector<double>(rows, x), {}, nullptr}};
  record.request.rows = rows;
  record.request.times.assign(rows, TimePoint{});
  record.ids.assign(rows, "-");
  record.answered.assign(rows, 0);
  for (const auto& [version, answer] : by)
    record.versions.push_back({version,
                               feedback::Arm::champion,
                               {rows, 1, std::vector<float>(rows, answer)},
                               std::vector<std::uint8_t>(rows, 1),
                               std::vector<std::uint8_t>(rows, 0)});
  return record;
}

TEST(RecentRows, remember_who_answered_what) {
  RecentRows recent(100);
  recent.add(record(30, 1, {{"1.0.0", 10.0F}}));
  recent.add(record(30, 2, {{"1.0.0", 20.0F}, {"1.0.1", 21.0F}}));
  auto third = record(30, 3, {{"1.0.0", 30.0F}, {"1.0.1", 31.0F}});
  third.versions[0].scored[4] = 0;  // it was asked and failed
  recent.add(third);
  EXPECT_EQ(recent.newest(100).rows, 90U);
  const auto old = recent.newest_answered(100, "1.0.0");
  EXPECT_EQ(old.rows.rows, 89U);
  EXPECT_EQ(old.outputs.values.front(), 10.0F);
  EXPECT_EQ(old.outputs.values.back(), 30.0F);
  const auto young = recent.newest_answered(100, "1.0.1");
  ASSERT_EQ(young.rows.rows, 60U);
  EXPECT_EQ(young.rows.columns[0].numbers[0], 2);
  EXPECT_EQ(young.outputs.values[0], 21.0F);
  EXPECT_EQ(recent.newest_answered(20, "1.0.0").rows.rows, 20U);
  EXPECT_EQ(recent.newest_answered(20, "2.0.0").rows.rows, 0U);

  // What is forgotten is forgotten of all versions alike, and a version that is gone leaves nothing behind.
  for (int i = 0; i < 20; ++i) recent.add(record(30, 4, {{"1.0.1", 41.0F}}));
  EXPECT_EQ(recent.newest_answered(100, "1.0.0").rows.rows, 0U);
  const auto now = recent.newest_answered(100, "1.0.1");
  EXPECT_EQ(now.rows.rows, 100U);
  EXPECT_EQ(now.outputs.values, std::vector<float>(100, 41.0F));
  EXPECT_EQ(now.rows.columns[0].numbers, std::vector<double>(100, 4));
}

}  // namespace
}  // namespace perennial::lifecycle
