#include "drift/estimators/performance_estimate.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "stats/special.hpp"

namespace perennial::drift {

Result<PerformanceEstimate> with_interval(PerformanceEstimate estimate, const EstimateSettings& settings, double least,
                                          double most) {
  if (!(settings.confidence > 0) || !(settings.confidence < 1))
    return fail(ErrorCode::config, fmt::format("a confidence of {} is not between 0 and 1", settings.confidence));
  if (estimate.estimate.n < settings.min_rows)
    return fail(ErrorCode::invalid,
                fmt::format("{} rows, at least {} are needed", estimate.estimate.n, settings.min_rows),
                estimate.metric);
  const double of_reference = estimate.reference ? estimate.reference->standard_error : 0;
  const double half = stats::normal_quantile(0.5 + settings.confidence / 2) *
                      std::hypot(estimate.estimate.standard_error, std::max(of_reference, estimate.model_error));
  estimate.low = std::clamp(estimate.estimate.value - half, least, most);
  estimate.high = std::clamp(estimate.estimate.value + half, least, most);
  return estimate;
}

Json to_json(const PerformanceEstimate& estimate) {
  const auto side = [](const stats::Estimate& value) {
    return Json{{"value", value.value}, {"standard_error", value.standard_error}, {"rows", value.n}};
  };
  return {{"metric", estimate.metric},
          {"method", estimate.method},
          {"estimate", side(estimate.estimate)},
          {"model_error", estimate.model_error},
          {"low", estimate.low},
          {"high", estimate.high},
          {"reference", estimate.reference ? side(*estimate.reference) : Json(nullptr)}};
}

}  // namespace perennial::drift
