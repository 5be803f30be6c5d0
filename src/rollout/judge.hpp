#pragma once
// The judgement that all strategies share.

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/verdict.hpp"
#include "rollout/evidence.hpp"
#include "rollout/plan.hpp"

namespace perennial::rollout {

inline constexpr std::uint64_t least_requests = 50;          ///< before an error rate is one
inline constexpr std::uint64_t least_latency_samples = 100;  ///< before a p99 is one
inline constexpr std::uint64_t few_latency_samples = 10;     ///< before a handful of slow runs can show harm
inline constexpr double few_latency_significance = 0.001;    ///< one-sided; looked at again and again
/// One-sided, of the newest requests alone: millions of such windows are looked at in a phase.
inline constexpr double recent_significance = 1e-6;
inline constexpr std::uint64_t least_losses = 100;  ///< before harm is judged (row 101), or min_samples if fewer
inline constexpr std::uint64_t least_recent = 400;  ///< the same for the rows of one epoch, of which there are many
/// And how many independent rows they must be worth (LossComparison::serial_n).
inline constexpr double least_effective = 40;
/// Labelled rows, or min_samples if fewer, at which harm is seen with the smallest differences.
inline constexpr std::uint64_t sees_best_at = 1000;
/// How likely a rollout is stopped for harm where the challenger is as good as the champion, over all looks, phases and
/// targets together. The promise is 5 %; what is spent leaves room for variances that are estimated.
inline constexpr double harm_alpha = 0.04;
inline constexpr std::uint64_t look_at[] = {1, 2, 4, 8};  ///< x min_samples: when a promotion may be decided

/// The numbers of labelled rows at which the losses of a phase are looked at for a promotion. Between them and after
/// the last one nothing is decided in its favour, so that asking often makes nothing more likely.
std::vector<std::uint64_t> planned_looks(const Plan& plan);

/// True for the one phase whose evidence must show that the challenger is not worse by max_regression: shadow, where
/// all traffic is compared and nobody is hurt; the last step, where there is no shadow or outcomes depend on the
/// answer. The others go on unless they look worse: each is one more chance to find harm.
bool decides_promotion(const Plan& plan, Phase phase, std::size_t step);

struct Judgement {
  Verdict verdict =
      Verdict::inconclusive;  ///< pass, fail (harm), inconclusive (wait), invalid (evidence unusable: wait)
  std::string reason;
  double measured = 0;
  double threshold = 0;
  bool significant = false;  ///< of a fail: harm was shown; else it only could not be ruled out by the last look
};

/// fail where the challenger does not answer at all, where its answers are not finite, or its error rate or p99 is over
/// rollback_on. A phase with fewer than least_latency_samples has no p99; there it is a fail where so many runs over
/// the limit are beyond chance for a version whose p99 keeps it (binomial test of 1 %). The newest requests alone are
/// judged as well: a fail where so many errors, or runs over the limit, are beyond chance for a version that keeps both
/// (recent_significance). Otherwise pass, with too few requests too: safety is a reason to stop, never the reason to go
/// on.
Judgement judge_safety(const Plan& plan, const Evidence& evidence);

/// In which phase losses are judged, and how often harm may be seen there that is none.
struct Stage {
  bool decides = false;  ///< decides_promotion()
  double harm_alpha = rollout::harm_alpha;
};
/// An equal share of harm_alpha for every phase and target.
Stage stage_of(const Plan& plan, Phase phase, std::size_t step, std::size_t targets);

/// What the losses of one target say, without words: a constant cost, to be asked after every row.
struct Finding {
  enum class Why {
    no_label,
    not_finite,
    harm,           ///< fail, significant
    never_shown,    ///< fail: the last look did not show it either, or its loss is still beyond the margin
    few_rows,       ///< inconclusive
    beyond,         ///< inconclusive: looks worse than allowed now
    not_shown_yet,  ///< inconclusive: no look has shown yet that it is not
    shown,          ///< pass: a look of the deciding phase has shown it
    not_beyond,     ///< pass of another phase
  };
  Why why = Why::no_label;
  Verdict verdict = Verdict::inconclusive;
  LossComparison losses;
  bool paired = false;
  bool recent = false;  ///< `losses` are those of the newest epoch
  double margin = 0;    ///< what `losses.difference` may reach
  double p_harm = 1;    ///< always valid (stats/always_valid.hpp); computed where the difference is beyond the margin
  double p_worse = 1;   ///< of the best look: how likely such losses are where it is worse by the margin
};

/// Losses of one target. harm: beyond max_regression × champion's loss, from least_losses rows worth least_effective
/// on, with p_harm within half of the stage's alpha (in proportion to n below least_recent), in all rows of the phase;
/// or in those of the newest epoch, with 6 / (pi k)² of the other half for epoch k, so that all epochs together spend
/// no more. never_shown: from the last planned look on. pass: min_samples reached, not beyond it now, and, in the
/// deciding phase, one of the looks with p_worse within its equal share of 1 - confidence (Student's t). A champion
/// with loss 0 leaves no margin. Below 0 the margin is a share of its size. Without any variation: the sign test.
Finding find(const Plan& plan, const Stage& stage, const TargetLoss& loss);

/// The same in words.
Judgement judge_target(const Plan& plan, const Stage& stage, const TargetLoss& loss);

/// The worst target decides: fail > invalid > inconclusive > pass. No target at all is inconclusive.
Judgement judge_quality(const Plan& plan, const Evidence& evidence);

/// Evidence and judgement per target, for `explain rollout` and the status page.
Json explain(const Plan& plan, const Evidence& evidence);

}  // namespace perennial::rollout
