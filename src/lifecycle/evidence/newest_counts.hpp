#pragma once
// What one arm of a rollout did lately: the difference between its counts now and at an earlier turn of the loop. So
// the path of a request keeps no clock and no window.

#include <cstddef>
#include <cstdint>
#include <deque>

#include "rollout/evidence.hpp"

namespace perennial::lifecycle {

/// Earlier counts kept: those of the newest three turns, and older ones.
inline constexpr std::size_t kCountMarksKept = 8;
/// Requests from one of the older ones to the next at least.
inline constexpr std::uint64_t kRequestsPerMark = 25;

/// Not thread-safe.
class NewestCounts {
 public:
  /// Once per turn: the counts of the phase so far. Another phase begins anew.
  void observe(std::uint64_t phase, const rollout::ArmEvidence& so_far);
  /// Requests and errors since the newest mark that lies rollout::least_requests or more behind, and latencies since
  /// the newest that lies half of rollout::few_latency_samples behind: a version that turns slow answers seldom. Zeros
  /// where there is none.
  rollout::RecentEvidence since(std::uint64_t phase, const rollout::ArmEvidence& now) const;

 private:
  std::uint64_t phase_ = 0;
  std::deque<rollout::RecentEvidence> marks_;  ///< oldest first
};

}  // namespace perennial::lifecycle
