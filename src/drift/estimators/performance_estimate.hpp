#pragma once
// What a model's metric is likely to be on rows that have no labels yet.

#include <cstdint>
#include <optional>
#include <string>

#include "core/json.hpp"
#include "stats/metrics.hpp"

namespace perennial::drift {

struct EstimateSettings {
  double confidence = 0.95;      ///< of the interval, in (0, 1)
  std::uint64_t min_rows = 100;  ///< of the current window; fewer are an error, not a guess
  stats::Dependence dependence = stats::Dependence::independent;
};

/// An early warning, no measurement: it sees what changed inputs do to the score and nothing of a changed relation
/// between inputs and truth. Judge it with judge_decay(reference, estimate), and confirm it with labels before acting
/// on it.
struct PerformanceEstimate {
  std::string metric;                        ///< "target.metric"
  std::string method;                        ///< "cbpe" or "dle"
  stats::Estimate estimate;                  ///< standard error: of what the labels of these rows would show
  double model_error = 0;                    ///< what the choice of reference rows does to it, as a standard error
  double model_freedom = 0;                  ///< degrees of freedom of model_error; 0: that it counts as known
  double low = 0;                            ///< the interval holds both errors, at least the reference's own
  double high = 0;                           ///< and is cut to the values that the metric can take
  std::optional<stats::Estimate> reference;  ///< measured on the labelled reference rows, where the metric is defined
};

/// Two-sided interval, cut to [least, most]: of the estimate's error together with the larger of model_error and the
/// reference's error (where no model was fitted, the reference alone tells how far it can be trusted). Student's t with
/// the degrees of freedom of Welch and Satterthwaite (1946), because model_error comes from a few parts of the
/// reference. Error: invalid where fewer than settings.min_rows rows are behind the estimate, config where the
/// confidence is not in (0, 1).
Result<PerformanceEstimate> with_interval(PerformanceEstimate estimate, const EstimateSettings& settings, double least,
                                          double most);

Json to_json(const PerformanceEstimate& estimate);

}  // namespace perennial::drift
