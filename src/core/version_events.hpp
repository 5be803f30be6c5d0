#pragma once
// The journal's events of what people say of versions, and what is kept of them; they belong to the list of
// core/event.hpp.

#include <string_view>

namespace perennial::event_type {
inline constexpr std::string_view approval_requested = "ApprovalRequested";
inline constexpr std::string_view version_approved = "VersionApproved";
inline constexpr std::string_view version_pinned = "VersionPinned";
inline constexpr std::string_view version_unpinned = "VersionUnpinned";
inline constexpr std::string_view artifacts_collected = "ArtifactsCollected";
}  // namespace perennial::event_type
