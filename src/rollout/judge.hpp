#pragma once
// The judgement that all strategies share.

#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/verdict.hpp"
#include "rollout/evidence.hpp"
#include "rollout/plan.hpp"

namespace perennial::rollout {

inline constexpr std::uint64_t least_requests = 50;          ///< before an error rate is one
inline constexpr std::uint64_t least_latency_samples = 100;  ///< before a p99 is one
inline constexpr std::uint64_t few_latency_samples = 10;     ///< before a handful of slow runs can show harm
inline constexpr double few_latency_significance = 0.001;    ///< one-sided; looked at again and again
inline constexpr std::uint64_t least_losses = 100;  ///< before harm is judged (row 101), or min_samples if fewer
inline constexpr double harm_significance = 0.01;   ///< one-sided
inline constexpr std::uint64_t patience = 4;        ///< × min_samples: then beyond the margin is enough to stop

struct Judgement {
  Verdict verdict =
      Verdict::inconclusive;  ///< pass, fail (harm), inconclusive (wait), invalid (evidence unusable: wait)
  std::string reason;
  double measured = 0;
  double threshold = 0;
  bool significant =
      false;  ///< of a fail: harm was shown; else it only could not be ruled out in `patience` × min_samples
};

/// fail where the challenger's answers are not finite, or its error rate or p99 is over rollback_on. A phase with fewer
/// than least_latency_samples has no p99; there it is a fail where so many runs over the limit are beyond chance for a
/// version whose p99 keeps it (binomial test of 1 %). Otherwise pass, with too few requests too: safety is a reason to
/// stop, never the reason to go on.
Judgement judge_safety(const Plan& plan, const Evidence& evidence);

/// Losses of one target. fail: beyond max_regression × champion's loss and significantly worse (one-sided z, p < 0.01),
/// or still beyond it after `patience` × min_samples. pass: min_samples reached and within max_regression.
/// A champion with loss 0 leaves no margin. Below 0 the margin is a share of its size.
Judgement judge_target(const Plan& plan, const TargetLoss& loss);

/// The worst target decides: fail > invalid > inconclusive > pass. No target at all is inconclusive.
Judgement judge_quality(const Plan& plan, const Evidence& evidence);

/// How many matured rows the target's comparison has (paired, or the challenger's own), as judge_target uses them.
std::uint64_t samples(const Plan& plan, const TargetLoss& loss);

/// Evidence and judgement per target, for `explain rollout` and the status page.
Json explain(const Plan& plan, const Evidence& evidence);

}  // namespace perennial::rollout
