#pragma once
// The journal's events of watched data sources; they belong to the list of core/event.hpp.

#include <string_view>

namespace perennial::event_type {
inline constexpr std::string_view source_read = "SourceRead";
inline constexpr std::string_view batch_arrived = "BatchArrived";
inline constexpr std::string_view batch_refused = "BatchRefused";
}  // namespace perennial::event_type
