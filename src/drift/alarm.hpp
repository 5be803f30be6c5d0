#pragma once
// Hysteresis: an alarm changes only after `hold` consecutive evaluations that say so.

#include <cstdint>

#include "core/verdict.hpp"

namespace perennial::drift {

struct Alarm {
  bool raised = false;
  std::uint64_t against = 0;  ///< consecutive evaluations that contradict `raised`
  friend bool operator==(const Alarm&, const Alarm&) = default;
};

/// The alarm after one more evaluation: fail speaks for it, pass against it; inconclusive and invalid leave it as it is
/// (and neither break nor continue a run). hold 0 counts as 1.
Alarm next(Alarm alarm, Verdict verdict, std::uint64_t hold);

}  // namespace perennial::drift
