#include "drift/estimators/performance_estimate.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "stats/special.hpp"

namespace perennial::drift {
namespace {

/// Quantile of Student's t from that of the normal: the first terms of the Cornish-Fisher series (Abramowitz & Stegun
/// 26.7.5), within 2 % from four degrees of freedom on where z is at most 2.6.
double student_t(double z, double freedom) {
  const double z3 = z * z * z;
  const double z5 = z3 * z * z;
  const double z7 = z5 * z * z;
  return z + (z3 + z) / (4 * freedom) + (5 * z5 + 16 * z3 + 3 * z) / (96 * freedom * freedom) +
         (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * freedom * freedom * freedom);
}

}  // namespace

Result<PerformanceEstimate> with_interval(PerformanceEstimate estimate, const EstimateSettings& settings, double least,
                                          double most) {
  if (!(settings.confidence > 0) || !(settings.confidence < 1))
    return fail(ErrorCode::config, fmt::format("a confidence of {} is not between 0 and 1", settings.confidence));
  if (estimate.estimate.n < settings.min_rows)
    return fail(ErrorCode::invalid,
                fmt::format("{} rows, at least {} are needed", estimate.estimate.n, settings.min_rows),
                estimate.metric);
  const double of_reference = estimate.reference ? estimate.reference->standard_error : 0;
  const double of_model = std::max(of_reference, estimate.model_error);
  const double error = std::hypot(estimate.estimate.standard_error, of_model);
  double quantile = stats::normal_quantile(0.5 + settings.confidence / 2);
  if (estimate.model_freedom > 0 && estimate.model_error > of_reference && error > 0)
    quantile = student_t(quantile, estimate.model_freedom * std::pow(error / of_model, 4));
  const double half = quantile * error;
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
