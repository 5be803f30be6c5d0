#pragma once
// The journal's events of estimates without labels; they belong to the list of core/event.hpp.

#include <string_view>

namespace perennial::event_type {
inline constexpr std::string_view estimated_decay_detected = "EstimatedDecayDetected";
inline constexpr std::string_view estimated_decay_resolved = "EstimatedDecayResolved";
}  // namespace perennial::event_type
