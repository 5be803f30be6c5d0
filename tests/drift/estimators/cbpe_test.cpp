#include "drift/estimators/cbpe.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/rng.hpp"
#include "drift/decay.hpp"
#include "stats/expected_metrics.hpp"

namespace perennial::drift {
namespace {

const Target target{"churn", Task::binary, {"no", "yes"}};

struct Rows {
  std::vector<float> outputs;
  std::vector<double> truth;
  stats::Scored scored() const { return {outputs, 2, 0, &target, truth}; }
  stats::Scored unlabelled() const { return {outputs, 2, 0, &target, {}}; }
};

/// A truth that depends on z alone, and a model that orders rows rightly but is twice as sure as it should be. `mean`
/// and `deviation` move the inputs.
Rows rows_of(Rng& rng, std::size_t n, double mean, double deviation) {
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) {
    const double z = mean + deviation * rng.normal();
    const auto score = static_cast<float>(1 / (1 + std::exp(-2 * z)));
    rows.outputs.insert(rows.outputs.end(), {1 - score, score});
    rows.truth.push_back(rng.uniform() < 1 / (1 + std::exp(-z)) ? 1 : 0);
  }
  return rows;
}

TEST(ConfidenceEstimator, foretells_what_the_labels_will_show_after_the_inputs_moved) {
  // 200 references and windows: the interval must hold the measured value as often as it says.
  const std::vector<std::string> metrics{"accuracy", "precision", "recall", "f1", "auc", "log_loss"};
  std::map<std::string, int> held;
  std::map<std::string, double> bias;
  constexpr int worlds = 200;
  for (int world = 0; world < worlds; ++world) {
    Rng rng(1000 + static_cast<std::uint64_t>(world));
    const Rows reference = rows_of(rng, 2000, 0, 1.5);
    const Rows current = rows_of(rng, 1000, 0.3, 0.8);  // nearer to the boundary: harder rows
    const auto estimator = ConfidenceEstimator::fit(reference.scored());
    ASSERT_TRUE(estimator) << estimator.error().message();
    EXPECT_EQ(estimator->calibration().reports()[0].outcome, stats::CalibrationOutcome::used);
    for (const auto& metric : metrics) {
      const auto estimate = estimator->estimate(metric, current.unlabelled());
      ASSERT_TRUE(estimate) << estimate.error().message();
      const double measured = stats::evaluate(metric, current.scored())->value;
      held[metric] += estimate->low <= measured && measured <= estimate->high ? 1 : 0;
      bias[metric] += (estimate->estimate.value - measured) / estimate->estimate.standard_error / worlds;
    }
  }
  for (const auto& metric : metrics) {
    EXPECT_GE(held[metric], worlds * 0.93) << metric;
    EXPECT_LT(std::abs(bias[metric]), 0.5) << metric << ", in standard errors";
  }
}

TEST(ConfidenceEstimator, harder_rows_are_judged_a_decay_and_like_rows_are_not) {
  Rng rng(7);
  const auto estimator = ConfidenceEstimator::fit(rows_of(rng, 4000, 0, 1.5).scored());
  ASSERT_TRUE(estimator);
  DecaySettings settings;
  settings.metric = "churn.accuracy";
  settings.drop = 0.05;
  const auto like = estimator->estimate("accuracy", rows_of(rng, 1000, 0, 1.5).unlabelled());
  ASSERT_TRUE(like);
  EXPECT_EQ(like->metric, "churn.accuracy");
  EXPECT_EQ(like->method, "cbpe");
  EXPECT_FALSE(judge_decay(like->reference, like->estimate, settings, true).detected);
  const auto harder = estimator->estimate("accuracy", rows_of(rng, 1000, 0, 0.5).unlabelled());
  ASSERT_TRUE(harder);
  EXPECT_TRUE(judge_decay(harder->reference, harder->estimate, settings, true).detected);
  EXPECT_LT(harder->high, harder->reference->value);
}

TEST(ConfidenceEstimator, does_not_see_a_changed_relation) {
  // Documented, not wished for: labels turned over, inputs as they were. Only labels can tell.
  Rng rng(8);
  const auto estimator = ConfidenceEstimator::fit(rows_of(rng, 4000, 0, 1.5).scored());
  Rows turned = rows_of(rng, 1000, 0, 1.5);
  for (double& truth : turned.truth) truth = 1 - truth;
  const auto estimate = estimator->estimate("accuracy", turned.unlabelled());
  EXPECT_GT(estimate->estimate.value, stats::evaluate("accuracy", turned.scored())->value + 0.3);
}

TEST(ConfidenceEstimator, profit_can_be_foretold_too) {
  const auto profit = stats::ExpressionMetric::parse("tp*120 - fp*80 - fn*60", Task::binary);
  ASSERT_TRUE(profit);
  constexpr int worlds = 200;
  int held = 0;
  for (int world = 0; world < worlds; ++world) {
    Rng rng(2000 + static_cast<std::uint64_t>(world));
    const auto estimator = ConfidenceEstimator::fit(rows_of(rng, 4000, 0, 1.5).scored());
    ASSERT_TRUE(estimator);
    const Rows current = rows_of(rng, 2000, 0.5, 1);
    const auto estimate = estimator->estimate("profit", *profit, current.unlabelled());
    ASSERT_TRUE(estimate) << estimate.error().message();
    EXPECT_EQ(estimate->metric, "churn.profit");
    EXPECT_FALSE(estimate->reference);
    const double measured = profit->influence(current.scored())->value;
    held += estimate->low <= measured && measured <= estimate->high ? 1 : 0;
    EXPECT_GT(estimate->model_error, 0);
    EXPECT_LT(estimate->high - estimate->low, 20);
  }
  EXPECT_GE(held, worlds * 0.93);
}

TEST(ConfidenceEstimator, row_losses_are_larger_where_the_model_is_less_sure) {
  Rng rng(10);
  const auto estimator = ConfidenceEstimator::fit(rows_of(rng, 4000, 0, 1.5).scored());
  const std::vector<float> outputs{0.01f, 0.99f, 0.45f, 0.55f};
  const auto losses = estimator->row_losses({outputs, 2, 0, &target, {}});
  ASSERT_TRUE(losses);
  EXPECT_LT(losses->at(0), 0.2);
  EXPECT_GT(losses->at(1), 0.3);
}

TEST(ConfidenceEstimator, defined_results_or_clear_errors) {
  Rng rng(11);
  Rows few = rows_of(rng, 50, 0, 1.5);
  const auto estimator = ConfidenceEstimator::fit(few.scored());
  ASSERT_TRUE(estimator) << "few labels are fine, the scores are used as they are";
  EXPECT_EQ(estimator->calibration().reports()[0].outcome, stats::CalibrationOutcome::too_few);
  EXPECT_EQ(estimator->estimate("accuracy", few.unlabelled()).error().code, ErrorCode::invalid)
      << "fewer than 100 rows";
  EstimateSettings settings;
  settings.min_rows = 1;
  EXPECT_TRUE(estimator->estimate("accuracy", few.unlabelled(), settings));
  settings.confidence = 1;
  EXPECT_EQ(estimator->estimate("accuracy", few.unlabelled(), settings).error().code, ErrorCode::config);
  EXPECT_EQ(estimator->estimate("rmse", few.unlabelled()).error().code, ErrorCode::invalid);
  EXPECT_EQ(estimator->estimate("acc", few.unlabelled()).error().code, ErrorCode::config);

  std::fill(few.truth.begin(), few.truth.end(), std::nan(""));
  EXPECT_EQ(ConfidenceEstimator::fit(few.scored()).error().code, ErrorCode::invalid);
  const Rows one_class{rows_of(rng, 300, 0, 1.5).outputs, std::vector<double>(300, 1)};
  const auto sided = ConfidenceEstimator::fit(one_class.scored());
  ASSERT_TRUE(sided);
  const auto auc = sided->estimate("auc", one_class.unlabelled());
  ASSERT_TRUE(auc);
  EXPECT_FALSE(auc->reference) << "not defined on the reference";
  EXPECT_TRUE(sided->estimate("accuracy", one_class.unlabelled())->reference);
  EXPECT_EQ(to_json(*auc).at("reference"), Json(nullptr));
}

}  // namespace
}  // namespace perennial::drift
