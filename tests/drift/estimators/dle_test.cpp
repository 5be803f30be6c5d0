#include "drift/estimators/dle.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/rng.hpp"
#include "drift/decay.hpp"

namespace perennial::drift {
namespace {

const Target target{"price", Task::regression, {}};

/// The champion answers 10 + x and errs by noise that grows with `x`: where x moves, so does its error.
struct Rows {
  std::vector<double> x, z;
  std::vector<float> outputs;
  std::vector<double> truth;
  std::vector<ColumnView> columns() const {
    return {{"x", ColumnKind::numeric, x, {}, nullptr}, {"z", ColumnKind::numeric, z, {}, nullptr}};
  }
  stats::Scored scored() const { return {outputs, 1, 0, &target, truth}; }
  stats::Scored unlabelled() const { return {outputs, 1, 0, &target, {}}; }
};

Rows rows_of(Rng& rng, std::size_t n, double mean) {
  Rows rows;
  for (std::size_t i = 0; i < n; ++i) {
    rows.x.push_back(mean + rng.normal());
    rows.z.push_back(rng.normal());
    rows.outputs.push_back(static_cast<float>(10 + rows.x.back()));
    rows.truth.push_back(static_cast<double>(rows.outputs.back()) + rng.normal() * std::exp(0.6 * rows.x.back()));
  }
  return rows;
}

TEST(EstimateLoss, by_hand) {
  EstimateSettings settings;
  settings.min_rows = 1;
  LossReference reference;
  reference.spread_absolute = 0.5;
  reference.mae = {2, 0.3, 50};
  const ExpectedLosses losses{{1, 2, 3, 2}, {4, 4, 8, 0}, 0, 0};
  const auto mae = estimate_loss("price", "mae", losses, reference, settings);
  ASSERT_TRUE(mae) << mae.error().message();
  EXPECT_DOUBLE_EQ(mae->estimate.value, 2);
  // Variance over rows 0.5, spread 0.5 * mean square 4.5, over n - 1 = 3.
  EXPECT_NEAR(mae->estimate.standard_error, std::sqrt((0.5 + 2.25) / 3), 1e-12);
  EXPECT_NEAR(mae->high, 2 + 1.959963985 * std::hypot(mae->estimate.standard_error, 0.3), 1e-6);
  EXPECT_EQ(mae->metric, "price.mae");
  EXPECT_EQ(mae->method, "dle");
  EXPECT_DOUBLE_EQ(estimate_loss("price", "mse", losses, reference, settings)->estimate.value, 4);
  const auto rmse = estimate_loss("price", "rmse", losses, reference, settings);
  EXPECT_DOUBLE_EQ(rmse->estimate.value, 2);
  EXPECT_NEAR(rmse->estimate.standard_error, std::sqrt(8.0 / 3) / 4, 1e-12);
  EXPECT_NEAR(rmse->low, 2 - 1.959963985 * std::sqrt(8.0 / 3) / 4, 1e-6);
  ExpectedLosses unsure = losses;
  unsure.squared_error = 40;
  EXPECT_EQ(estimate_loss("price", "rmse", unsure, reference, settings)->low, 0) << "cut to what the metric can be";
  EXPECT_DOUBLE_EQ(estimate_loss("price", "rmse", unsure, reference, settings)->model_error, 10);

  EXPECT_EQ(estimate_loss("price", "r2", losses, reference, settings).error().code, ErrorCode::config);
  EXPECT_EQ(estimate_loss("price", "mae", {}, reference, settings).error().code, ErrorCode::invalid);
  EXPECT_EQ(estimate_loss("price", "mae", {{1, -1}, {1, 1}, 0, 0}, reference, settings).error().code,
            ErrorCode::invalid);
  EXPECT_EQ(estimate_loss("price", "mae", losses, reference).error().code, ErrorCode::invalid) << "4 of 100 rows";
}

TEST(LossEstimator, foretells_what_the_labels_will_show_after_the_inputs_moved) {
  std::map<std::string, int> held;
  std::map<std::string, double> ratio;
  constexpr int worlds = 40;
  for (int world = 0; world < worlds; ++world) {
    Rng rng(500 + static_cast<std::uint64_t>(world));
    const Rows reference = rows_of(rng, 2000, 0);
    const Rows current = rows_of(rng, 600, 0.5);
    const auto estimator = LossEstimator::fit(reference.columns(), reference.scored());
    ASSERT_TRUE(estimator) << estimator.error().message();
    for (const auto* metric : {"mae", "rmse"}) {
      const auto estimate = estimator->estimate(metric, current.columns(), current.unlabelled());
      ASSERT_TRUE(estimate) << estimate.error().message();
      const auto measured = stats::evaluate(metric, current.scored());
      held[metric] += estimate->low <= measured->value && measured->value <= estimate->high ? 1 : 0;
      ratio[metric] += estimate->estimate.value / measured->value / worlds;
    }
  }
  EXPECT_GE(held["mae"], worlds * 0.93);
  EXPECT_GE(held["rmse"], worlds * 0.9);
  EXPECT_NEAR(ratio["mae"], 1, 0.05);
  EXPECT_NEAR(ratio["rmse"], 1, 0.07);
}

TEST(LossEstimator, noisier_rows_are_judged_a_decay_and_like_rows_are_not) {
  Rng rng(1);
  const Rows reference = rows_of(rng, 3000, 0);
  const auto estimator = LossEstimator::fit(reference.columns(), reference.scored());
  ASSERT_TRUE(estimator);
  EXPECT_NEAR(estimator->reference().mae.value, stats::evaluate("mae", reference.scored())->value, 1e-9);
  EXPECT_NEAR(estimator->reference().rmse.value, stats::evaluate("rmse", reference.scored())->value, 1e-9);
  EXPECT_NEAR(estimator->reference().rmse.standard_error, stats::evaluate("rmse", reference.scored())->standard_error,
              1e-6);
  DecaySettings settings;
  settings.metric = "price.mae";
  settings.drop = 0.1;
  const Rows like = rows_of(rng, 500, 0);
  const auto same = estimator->estimate("mae", like.columns(), like.unlabelled());
  ASSERT_TRUE(same);
  EXPECT_FALSE(judge_decay(same->reference, same->estimate, settings, false).detected);
  const Rows noisy = rows_of(rng, 500, 1);
  const auto worse = estimator->estimate("mae", noisy.columns(), noisy.unlabelled());
  ASSERT_TRUE(worse);
  EXPECT_TRUE(judge_decay(worse->reference, worse->estimate, settings, false).detected);
}

TEST(LossEstimator, the_prediction_itself_is_looked_at) {
  // No column says anything; the model errs where it answers high.
  Rng rng(2);
  Rows rows;
  for (int i = 0; i < 1500; ++i) {
    rows.x.push_back(0);
    rows.z.push_back(0);
    rows.outputs.push_back(static_cast<float>(10 * rng.uniform()));
    rows.truth.push_back(static_cast<double>(rows.outputs.back()) + (rows.outputs.back() > 5 ? 4 : 1) * rng.normal());
  }
  const auto estimator = LossEstimator::fit(rows.columns(), rows.scored());
  ASSERT_TRUE(estimator);
  Rows asked;
  asked.x = asked.z = {0, 0};
  asked.outputs = {2, 8};
  const auto losses = estimator->expect(asked.columns(), asked.unlabelled());
  ASSERT_TRUE(losses);
  EXPECT_LT(losses->absolute[0] * 2, losses->absolute[1]);
}

TEST(LossEstimator, a_small_reference_is_used_and_too_small_a_one_refused) {
  Rng rng(3);
  const Rows small = rows_of(rng, 120, 0);
  const auto estimator = LossEstimator::fit(small.columns(), small.scored());
  ASSERT_TRUE(estimator) << estimator.error().message();
  EXPECT_GT(estimator->reference().spread_absolute, 0.1);
  const Rows smaller = rows_of(rng, 99, 0);
  EXPECT_EQ(LossEstimator::fit(smaller.columns(), smaller.scored()).error().code, ErrorCode::invalid);
  Rows broken = rows_of(rng, 300, 0);
  broken.outputs[5] = std::numeric_limits<float>::infinity();
  EXPECT_EQ(LossEstimator::fit(broken.columns(), broken.scored()).error().code, ErrorCode::invalid);
  const Target classes{"y", Task::binary, {"a", "b"}};
  EXPECT_EQ(LossEstimator::fit(small.columns(), {small.outputs, 1, 0, &classes, small.truth}).error().code,
            ErrorCode::invalid);
}

}  // namespace
}  // namespace perennial::drift
