#include "lifecycle/evidence/estimated_performance.hpp"

#include <algorithm>

#include "drift/seasonal_reference.hpp"

namespace perennial::lifecycle {
namespace {

using drift::views_of;

}  // namespace

EstimatedPerformance::EstimatedPerformance(HeldOutAnswers reference, std::vector<Target> targets, MetricName metric)
    : reference_(std::move(reference)), targets_(std::move(targets)), metric_(std::move(metric)) {
  for (std::size_t t = 0; t < metric_.target; ++t) offset_ += targets_[t].width();
}

stats::Scored EstimatedPerformance::scored(const Outputs& outputs, std::span<const double> truth) const {
  return {outputs.values, outputs.width, offset_, &targets_[metric_.target], truth};
}

Status EstimatedPerformance::fit() {
  if (by_confidence_ || by_loss_) return {};
  if (reference_.truth.size() != targets_.size())
    return fail(ErrorCode::invalid, "the held-out rows have other targets");
  const auto known = scored(reference_.outputs, reference_.truth[metric_.target]);
  if (is_classification(targets_[metric_.target].task)) {
    ASSIGN_OR_RETURN(by_confidence_, drift::ConfidenceEstimator::fit(known));
    return {};
  }
  const auto losses = metric_.metric == "mae" ? drift::Losses::absolute : drift::Losses::squared;
  ASSIGN_OR_RETURN(by_loss_, drift::LossEstimator::fit(views_of(reference_.inputs), known, {}, losses));
  return {};
}

Result<drift::PerformanceEstimate> EstimatedPerformance::estimate(const Table& rows, const Outputs& outputs,
                                                                  std::uint64_t min_rows) {
  TRY(fit());
  drift::EstimateSettings settings;
  settings.min_rows = min_rows;
  settings.dependence = stats::Dependence::serial;
  if (by_confidence_) return by_confidence_->estimate(metric_.metric, scored(outputs, {}), settings);
  return by_loss_->estimate(metric_.metric, views_of(rows), scored(outputs, {}), settings);
}

Result<std::vector<double>> EstimatedPerformance::row_losses(const Table& rows, const Outputs& outputs) const {
  if (by_confidence_) return by_confidence_->row_losses(scored(outputs, {}));
  ASSIGN_OR_RETURN(auto losses, by_loss_->expect(views_of(rows), scored(outputs, {})));
  return losses.absolute.empty() ? std::move(losses.squared) : std::move(losses.absolute);
}

Result<drift::ImpactReport> EstimatedPerformance::rank(const Table& rows, const Outputs& outputs,
                                                       const DriftReport& drift) {
  TRY(fit());
  if (reference_losses_.empty()) {
    ASSIGN_OR_RETURN(reference_losses_, row_losses(reference_.inputs, reference_.outputs));
  }
  ASSIGN_OR_RETURN(const auto losses, row_losses(rows, outputs));
  return drift::rank_by_impact(views_of(reference_.inputs), reference_losses_, views_of(rows), losses, drift);
}

Json to_json(const EstimateReport& report) {
  Json json = {{"verdict", std::string(to_string(report.verdict))},
               {"labelled", report.labelled},
               {"why_not", report.why_not.empty() ? Json(nullptr) : Json(report.why_not)},
               {"metric", nullptr}};
  if (!report.estimate) return json;
  const auto& estimate = *report.estimate;
  json["metric"] = estimate.metric;
  json["method"] = estimate.method;
  json["estimate"] = estimate.estimate.value;
  json["low"] = estimate.low;
  json["high"] = estimate.high;
  json["standard_error"] = estimate.estimate.standard_error;
  json["model_error"] = estimate.model_error;
  json["rows"] = estimate.estimate.n;
  const bool known = report.judged.baseline_rows > 0;
  json["baseline"] = known ? Json(report.judged.baseline) : Json(nullptr);
  json["baseline_rows"] = report.judged.baseline_rows;
  json["decay"] = known ? Json(report.judged.decay) : Json(nullptr);
  json["decay_share"] = known ? Json(report.judged.decay_share) : Json(nullptr);
  json["p_value"] = report.judged.p_value;
  json["threshold"] = report.judged.threshold;
  return json;
}

}  // namespace perennial::lifecycle
