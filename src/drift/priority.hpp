#pragma once
// How urgent a decay is (capabilities row 30).

#include "core/reports.hpp"

namespace perennial::drift {

/// 5 above 20 %, 4 above 10 %, 3 above 5 %, 2 for any smaller decay, 1 for none (share <= 0 or NaN).
int priority_of_decay(double decay_share);

/// 1 unless the report's decay was detected.
int priority_of(const DecayReport& report);

}  // namespace perennial::drift
