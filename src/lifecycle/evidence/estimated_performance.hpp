#pragma once
// What the champion's primary metric is likely to be on rows whose labels have not come: the estimators of
// drift/estimators, fitted to what the champion answered to the rows that it was judged on.

#include <optional>
#include <string>
#include <vector>

#include "core/reports.hpp"
#include "drift/alarm.hpp"
#include "drift/answer_columns.hpp"
#include "drift/estimators/cbpe.hpp"
#include "drift/estimators/dle.hpp"
#include "drift/estimators/impact.hpp"
#include "lifecycle/evidence/held_out_answers.hpp"
#include "lifecycle/metric_names.hpp"

namespace perennial::lifecycle {

/// Of one version. Nothing is fitted before the first estimate is asked for, so a model whose labels are in time pays
/// nothing. Not thread-safe. The same rows in the same order give the same estimates.
class EstimatedPerformance {
 public:
  /// `metric` names the target of `targets` whose answers are in `reference`.
  EstimatedPerformance(HeldOutAnswers reference, std::vector<Target> targets, MetricName metric);

  /// Of rows in the order of time with the version's answers to them. Errors: those of the estimators; a metric that
  /// cannot be estimated is one (accuracy, precision, recall, f1, auc, log_loss and mae, mse, rmse can).
  Result<drift::PerformanceEstimate> estimate(const Table& rows, const Outputs& outputs, std::uint64_t min_rows);
  /// Which column's shift costs how much of it.
  Result<drift::ImpactReport> rank(const Table& rows, const Outputs& outputs, const DriftReport& drift);

  bool fitted() const { return by_confidence_.has_value() || by_loss_.has_value(); }

 private:
  Status fit();
  stats::Scored scored(const Outputs& outputs, std::span<const double> truth) const;
  Result<std::vector<double>> row_losses(const Table& rows, const Outputs& outputs) const;

  HeldOutAnswers reference_;
  std::vector<Target> targets_;
  MetricName metric_;
  std::size_t offset_ = 0;
  std::optional<drift::ConfidenceEstimator> by_confidence_;  ///< classification
  std::optional<drift::LossEstimator> by_loss_;              ///< regression
  std::vector<double> reference_losses_;                     ///< expected ones; empty until they are asked for
};

/// One look. Verdicts: fail = it is estimated to have fallen; pass = it is not, or nothing had to be estimated;
/// inconclusive = by so much, but not surely; invalid = too few rows, or not to be estimated on these.
struct EstimateReport {
  Verdict verdict = Verdict::invalid;
  std::string why_not;  ///< no estimate was made; empty where one was
  double labelled = 0;  ///< share of the window's rows whose labels have come
  std::optional<drift::PerformanceEstimate> estimate;
  DecayReport judged;  ///< the estimate against the champion's baseline
};
Json to_json(const EstimateReport& report);

/// What the loop keeps of a champion's held-out answers, and what it last found by them.
struct EarlyWarning {
  std::optional<EstimatedPerformance> estimator;
  drift::AnswerReference answers;
  DriftReport newest_answers;  ///< of predictions and truths; invalid where they are not looked at
  std::string of;              ///< the version that it was made for; also where it could not be made,
  std::string problem;         ///< and why not
  EstimateReport newest;
  std::optional<drift::ImpactReport> impact;  ///< of the newest look, where a column drifts
  drift::Alarm alarm;
};

}  // namespace perennial::lifecycle
