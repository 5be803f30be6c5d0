#pragma once
// What the files of this folder give to catalog.cpp.

#include "triggers/policy.hpp"

namespace perennial::triggers {

inline constexpr std::size_t ensemble_members = 16;  ///< policies of one any, all or at_least

PolicyKind cost_kind();
PolicyKind cara_kind();
PolicyKind upf_kind();
PolicyKind any_kind();
PolicyKind all_kind();
PolicyKind at_least_kind();
PolicyKind schedule_kind();
PolicyKind drift_kind();
PolicyKind decay_kind();
PolicyKind importance_kind();
PolicyKind floor_kind();
PolicyKind volume_kind();
PolicyKind event_kind();
PolicyKind manual_kind();
PolicyKind none_kind();

/// The last lines of every make(): sets the label and the entry's `priority:` (1..5), where it has one.
Result<std::shared_ptr<const Policy>> finished(std::shared_ptr<Policy> policy, const ConfigNode& item,
                                               std::string label);
/// "target.metric" of a node; error: config.
Result<std::string> metric_name(const ConfigNode& node);
/// "12.5 %" of 0.125.
std::string percent(double share);

}  // namespace perennial::triggers
