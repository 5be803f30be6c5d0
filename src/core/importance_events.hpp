#pragma once
// The journal's events of the drift of importance; they belong to the list of core/event.hpp.

#include <string_view>

namespace perennial::event_type {
inline constexpr std::string_view importance_drift_detected = "ImportanceDriftDetected";
inline constexpr std::string_view importance_drift_resolved = "ImportanceDriftResolved";
}  // namespace perennial::event_type
