#pragma once
// Bug or drift? Both move the inputs; one wants a repair, the other a retrain.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/reports.hpp"
#include "drift/quality/finding.hpp"

namespace perennial::drift::quality {

enum class Cause {
  none,   ///< nothing to see
  bug,    ///< the data is broken: hold it back, do not learn from it
  drift,  ///< the world has changed: what retraining is for
};
std::string_view to_string(Cause cause);

struct Triage {
  Cause cause = Cause::none;
  std::string column;                ///< the first to go bad; for drift the one that moved most. Empty: whole rows
  std::string check;                 ///< what found it; for drift the test
  std::vector<std::string> columns;  ///< all of them, in the order of the findings
  std::uint64_t since_row = 0;       ///< of the earliest fault; 0 for drift, which has no first row
  std::optional<TimePoint> since_at;
  std::string sentence;  ///< for people: what, where, since when
};

/// A fault makes it a bug, whatever the drift tests say: they see the broken rows too. Without one, a drift report that
/// fails is drift (warnings of the checks are told beside it). Neither, or reports that are invalid: none.
Triage triage(const Report& quality, const std::optional<DriftReport>& drift);

}  // namespace perennial::drift::quality
