#pragma once
// Confidence-based performance estimation of classifiers: calibrated on labelled reference rows, then asked about rows
// without labels. The mathematics is in stats/calibration.hpp and stats/expected_metrics.hpp.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "drift/estimators/performance_estimate.hpp"
#include "stats/calibration.hpp"
#include "stats/metrics/expression.hpp"

namespace perennial::drift {

/// Fitted once per champion. Immutable, owns all it needs; copies are independent.
class ConfidenceEstimator {
 public:
  /// `reference`: rows of the time when the champion was good, that it was not trained on (its answers to training rows
  /// are too sure of themselves), with labels. Few or one-sided labels leave the scores as they are; calibration() says
  /// so. Errors: invalid (not a classification target, no labelled row, outputs that are too few or not finite).
  static Result<ConfidenceEstimator> fit(const stats::Scored& reference);

  /// `metric`: accuracy, precision, recall, f1, auc, log_loss. `current.truth` is not looked at and may be empty.
  /// Errors: those of stats::expected_influence(); invalid below settings.min_rows.
  Result<PerformanceEstimate> estimate(std::string_view metric, const stats::Scored& current,
                                       const EstimateSettings& settings = {}) const;

  /// The same for a metric of the user's own, called `name`; `reference` is left empty (measure it with
  /// ExpressionMetric::influence()).
  Result<PerformanceEstimate> estimate(std::string_view name, const stats::ExpressionMetric& metric,
                                       const stats::Scored& current, const EstimateSettings& settings = {},
                                       std::span<const stats::NamedValues> extra = {}) const;

  /// Per row the probability that the predicted class is wrong: what rank_by_impact() takes.
  Result<std::vector<double>> row_losses(const stats::Scored& answers) const;

  const stats::ClassCalibration& calibration() const { return calibration_; }

 private:
  /// Estimate and model error by `expect`, which makes an expected influence of probabilities.
  template <class Expect>
  Result<PerformanceEstimate> estimate_by(std::string_view name, const stats::Scored& current,
                                          const EstimateSettings& settings, Expect&& expect) const;

  Target target_;
  stats::ClassCalibration calibration_;
  std::map<std::string, stats::Estimate, std::less<>> reference_;  ///< metrics that are defined on the reference
};

}  // namespace perennial::drift
