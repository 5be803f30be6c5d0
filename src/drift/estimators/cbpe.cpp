#include "drift/estimators/cbpe.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/expected_metrics.hpp"
#include "stats/moments.hpp"

namespace perennial::drift {

Result<ConfidenceEstimator> ConfidenceEstimator::fit(const stats::Scored& reference) {
  ConfidenceEstimator result;
  ASSIGN_OR_RETURN(result.calibration_, stats::ClassCalibration::fit(reference));
  result.target_ = *reference.target;
  if (std::ranges::all_of(reference.truth, [](double truth) { return std::isnan(truth); }))
    return fail(ErrorCode::invalid, "no labelled reference rows", result.target_.name);
  for (const auto& metric : stats::metrics().members()) {
    if (std::ranges::find(metric.tasks, result.target_.task) == metric.tasks.end()) continue;
    // Not every metric is defined on every reference (one class only); the estimate then stands without one.
    if (const auto measured = stats::evaluate(metric.entry.name, reference))
      result.reference_.emplace(metric.entry.name, *measured);
  }
  return result;
}

Result<PerformanceEstimate> ConfidenceEstimator::estimate(std::string_view metric, const stats::Scored& current,
                                                          const EstimateSettings& settings) const {
  ASSIGN_OR_RETURN(PerformanceEstimate result,
                   estimate_by(metric, current, settings, [&](const stats::Probabilities& probabilities) {
                     return stats::expected_influence(metric, current, probabilities);
                   }));
  if (const auto measured = reference_.find(metric); measured != reference_.end()) result.reference = measured->second;
  return with_interval(std::move(result), settings, 0,
                       metric == "log_loss" ? std::numeric_limits<double>::infinity() : 1);
}

Result<PerformanceEstimate> ConfidenceEstimator::estimate(std::string_view name, const stats::ExpressionMetric& metric,
                                                          const stats::Scored& current,
                                                          const EstimateSettings& settings,
                                                          std::span<const stats::NamedValues> extra) const {
  ASSIGN_OR_RETURN(PerformanceEstimate result,
                   estimate_by(name, current, settings, [&](const stats::Probabilities& probabilities) {
                     return metric.expected_influence(current, probabilities, extra);
                   }));
  constexpr double unbounded = std::numeric_limits<double>::infinity();
  return with_interval(std::move(result), settings, -unbounded, unbounded);
}

template <class Expect>
Result<PerformanceEstimate> ConfidenceEstimator::estimate_by(std::string_view name, const stats::Scored& current,
                                                             const EstimateSettings& settings, Expect&& expect) const {
  ASSIGN_OR_RETURN(const stats::Probabilities probabilities, calibration_.apply(current));
  ASSIGN_OR_RETURN(const stats::ExpectedInfluence expected, expect(probabilities));
  PerformanceEstimate result;
  result.metric = fmt::format("{}.{}", target_.name, name);
  result.method = "cbpe";
  result.estimate = stats::to_estimate(expected, settings.dependence);
  if (!calibration_.calibrated()) return result;
  stats::Moments without;
  for (std::size_t fold = 0; fold < stats::calibration_folds; ++fold) {
    ASSIGN_OR_RETURN(const stats::Probabilities others, calibration_.apply_without_fold(current, fold));
    ASSIGN_OR_RETURN(const stats::ExpectedInfluence other, expect(others));
    without.add(other.value);
  }
  // Delete-a-group jackknife: (k - 1) / k times the sum of squares around the mean.
  const double folds = static_cast<double>(stats::calibration_folds);
  result.model_error = std::sqrt(without.variance() * (folds - 1) * (folds - 1) / folds);
  result.model_freedom = folds - 1;
  return result;
}

Result<std::vector<double>> ConfidenceEstimator::row_losses(const stats::Scored& answers) const {
  ASSIGN_OR_RETURN(const stats::Probabilities probabilities, calibration_.apply(answers));
  return stats::expected_row_losses(answers, probabilities);
}

}  // namespace perennial::drift
