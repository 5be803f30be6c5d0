#include "drift/priority.hpp"

namespace perennial::drift {

int priority_of_decay(double decay_share) {
  if (decay_share > 0.20) return 5;
  if (decay_share > 0.10) return 4;
  if (decay_share > 0.05) return 3;
  if (decay_share > 0) return 2;
  return 1;
}

int priority_of(const DecayReport& report) { return report.detected ? priority_of_decay(report.decay_share) : 1; }

}  // namespace perennial::drift
