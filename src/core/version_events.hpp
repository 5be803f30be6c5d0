#pragma once
// The journal's events of what is kept of versions; they belong to the list of core/event.hpp.

#include <string_view>

namespace perennial::event_type {
inline constexpr std::string_view version_pinned = "VersionPinned";
inline constexpr std::string_view version_unpinned = "VersionUnpinned";
inline constexpr std::string_view artifacts_collected = "ArtifactsCollected";
}  // namespace perennial::event_type
