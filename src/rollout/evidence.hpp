#pragma once
// What was measured in the CURRENT phase or step only: the doer starts from zero whenever the state changes, so that
// samples of an earlier phase, or of an earlier rollout, never count again (trap 31).

#include <cstdint>
#include <string>
#include <vector>

#include "rollout/state.hpp"

namespace perennial::rollout {

/// What an arm did lately, whatever it did before: a version that answers well for an hour and then fails is not hidden
/// by that hour.
struct RecentEvidence {
  std::uint64_t requests =
      0;  ///< the newest, least_requests or more; 0 where so many have not come since an earlier look
  std::uint64_t errors = 0;
  std::uint64_t latency_samples = 0;  ///< of a stretch of their own: slow runs are few
  std::uint64_t latency_over = 0;     ///< samples above the plan's latency_ms_p99
  friend bool operator==(const RecentEvidence&, const RecentEvidence&) = default;
};

/// One arm. In shadow the challenger's requests are its shadow evaluations; in watch `champion` is the previous one.
struct ArmEvidence {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t non_finite = 0;  ///< answers with NaN or infinity
  double latency_ms_p99 = 0;     ///< meaningful where latency_samples > 0
  std::uint64_t latency_samples = 0;
  std::uint64_t latency_over = 0;  ///< samples above the plan's latency_ms_p99
  RecentEvidence recent;
  std::string unusable;  ///< why the version does not answer at all (it cannot be loaded, its process has ended)
};

/// A comparison of mean losses, lower is better; never of the predictions themselves (trap 2).
struct LossComparison {
  std::uint64_t n = 0;        ///< labelled rows; of the smaller arm where the arms have rows of their own
  double champion = 0;        ///< its mean loss
  double difference = 0;      ///< challenger - champion; > 0 is worse
  double standard_error = 0;  ///< of the difference: neighbours, entities and classes not seen yet accounted for
  double effective_n = 0;     ///< so many independent rows would say as much: degrees of freedom, plus one
  double serial_n = 0;        ///< the same without regard to entities; at most n
  /// challenger - (1 + max_regression) * champion: > 0 is beyond the margin. That the margin is a share of a loss which
  /// is itself an estimate is in its error.
  double over_margin = 0;
  double over_margin_error = 0;
  double over_margin_n = 0;  ///< as effective_n
};

/// What one target has shown, by one way of comparing.
struct LossEvidence {
  LossComparison now;  ///< of the whole phase
  /// Of the rows since the newest epoch began, one of min_samples rows (800 or more) after the other: a version that
  /// turns bad after a million good rows is not hidden by them. Empty in the first epoch.
  LossComparison recent;
  std::uint64_t epoch = 0;  ///< 0 in the first
  /// As it stood when n reached each of planned_looks(), as far as it has: a promotion is judged by these alone,
  /// however often it is asked for.
  std::vector<LossComparison> looks;
};

struct TargetLoss {
  std::string target;
  LossEvidence paired;    ///< both versions on the same rows: used where it has rows and the plan allows it
  LossEvidence unpaired;  ///< each version on the rows of its own arm
};

/// The labels of one arm: of its rows that are old enough, those that had theirs at that age.
struct ArmLabels {
  std::uint64_t rows = 0;     ///< of an even sample
  double share = 0;           ///< labelled
  double standard_error = 0;  ///< entities and neighbours accounted for
  double effective_n = 0;     ///< so many independent rows would say as much
};

/// How the traffic of a canary step was dealt, and how the labels of the arms have come: whether they can be compared.
struct SplitEvidence {
  double share = 0;                    ///< of the units, meant for the challenger; 0 = nothing was dealt
  std::uint64_t challenger_units = 0;  ///< entities seen in this step; rows where there is no entity
  std::uint64_t champion_units = 0;
  Duration label_age{0};  ///< at which the labels of both arms are counted
  ArmLabels challenger_labels;
  ArmLabels champion_labels;
};

struct Evidence {
  /// What it was gathered for. decide() holds where this is not the state's present phase: stale evidence moves
  /// nothing.
  std::string rollout_id;
  Phase phase = Phase::shadow;
  std::size_t step = 0;  ///< compared in canary only
  ArmEvidence challenger;
  ArmEvidence champion;
  SplitEvidence split;
  std::vector<TargetLoss> targets;  ///< one per target of the signature, also where nothing has matured yet (trap 33)
  bool approved = false;            ///< a person has approved this version's promotion
  std::uint64_t rows_now = 0;       ///< the row clock, as in RolloutState::rows_at_phase_start
};

}  // namespace perennial::rollout
