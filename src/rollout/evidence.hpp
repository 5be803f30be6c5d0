#pragma once
// What was measured in the CURRENT phase or step only: the doer starts from zero whenever the state changes, so that
// samples of an earlier phase, or of an earlier rollout, never count again (trap 31).

#include <cstdint>
#include <string>
#include <vector>

#include "rollout/state.hpp"

namespace perennial::rollout {

/// One arm. In shadow the challenger's requests are its shadow evaluations; in watch `champion` is the previous one.
struct ArmEvidence {
  std::uint64_t requests = 0;
  std::uint64_t errors = 0;
  std::uint64_t non_finite = 0;  ///< answers with NaN or infinity
  double latency_ms_p99 = 0;     ///< meaningful where latency_samples > 0
  std::uint64_t latency_samples = 0;
  std::uint64_t latency_over = 0;  ///< samples above the plan's latency_ms_p99
};

/// Both versions scored the same n labelled rows. Losses, lower is better; never the predictions themselves (trap 2).
struct PairedLoss {
  std::uint64_t n = 0;
  double mean_challenger = 0;
  double mean_champion = 0;
  double mean_diff = 0;       ///< challenger - champion; > 0 is worse
  double standard_error = 0;  ///< of mean_diff
};

/// Each version on the rows of its own arm.
struct UnpairedLoss {
  std::uint64_t n_challenger = 0;
  std::uint64_t n_champion = 0;
  double mean_challenger = 0;
  double mean_champion = 0;
  double standard_error_challenger = 0;  ///< of the mean
  double standard_error_champion = 0;
};

struct TargetLoss {
  std::string target;
  PairedLoss paired;  ///< used where it has rows and the plan allows it
  UnpairedLoss unpaired;
};

struct Evidence {
  /// What it was gathered for. decide() holds where this is not the state's present phase: stale evidence moves
  /// nothing.
  std::string rollout_id;
  Phase phase = Phase::shadow;
  std::size_t step = 0;  ///< compared in canary only
  ArmEvidence challenger;
  ArmEvidence champion;
  std::vector<TargetLoss> targets;  ///< one per target of the signature, also where nothing has matured yet (trap 33)
  std::uint64_t rows_now = 0;       ///< the row clock, as in RolloutState::rows_at_phase_start
};

}  // namespace perennial::rollout
