#pragma once
// Has the champion become worse than it was?

#include <cstdint>
#include <optional>
#include <string>

#include "core/reports.hpp"
#include "stats/metrics.hpp"

namespace perennial::drift {

struct DecaySettings {
  std::string metric;            ///< "target.metric", for the report
  double drop = 0.05;            ///< capabilities rows 20 and 43
  bool relative = true;          ///< drop is a share of |baseline|; else it is in the metric's unit
  double alpha = 0.05;           ///< one-sided level (capabilities row 43)
  std::uint64_t min_rows = 100;  ///< of the current estimate; never below least_decay_rows
};

inline constexpr std::uint64_t least_decay_rows = 10;  ///< of the current estimate and of the baseline

/// decay > 0 is worse: baseline - current where higher is better, else current - baseline. One-sided Welch test of
/// "not worse" from the two standard errors (df by Satterthwaite). detected = significant and decay >= drop.
/// Give Estimates of Dependence::serial where rows are in time order.
/// Verdicts: fail = detected; inconclusive = beyond the threshold but not significant; pass = within the threshold;
/// invalid = no baseline, fewer than min_rows current or least_decay_rows baseline rows, a number that is not finite,
/// or current rows whose labels are not like those of the baseline (`comparable` is false, drift/label_evidence.hpp):
/// never a pass. A baseline of 0 has a decay_share of +infinity for any decay.
DecayReport judge_decay(const std::optional<stats::Estimate>& baseline, const stats::Estimate& current,
                        const DecaySettings& settings, bool higher_is_better, bool comparable = true);

}  // namespace perennial::drift
