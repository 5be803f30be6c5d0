#pragma once
// When no rollout may begin by itself, however good the version looks: models that are promoted and rolled back again
// and again have a fault that one more rollout will not find.

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "rollout/plan.hpp"

namespace perennial::rollout {

inline constexpr Duration brake_day = std::chrono::hours(24);

/// What came before, as far as brakes look.
struct RolloutHistory {
  std::vector<TimePoint> begun;            ///< rollouts of the newest day, oldest first; at most most_rollouts_per_day
  std::uint64_t rolled_back_in_a_row = 0;  ///< by the live analysis, with no watch completed since and no person's word

  /// Adds one that begins at `at` and forgets those that are older than a day.
  void began(TimePoint at);
};

/// Pure. Why none may begin at `now`; empty where one may. rollout.max_per_day: as many have begun within a day.
/// rollout.freeze_after: so many were promoted and taken back in a row; only a person ends that.
std::string braked(const Plan& plan, const RolloutHistory& history, TimePoint now);

}  // namespace perennial::rollout
