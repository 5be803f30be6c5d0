#pragma once
// One rollout told from the journal: its plan, what each phase saw, each verdict with its reason, the outcome; and each
// verdict decided again from what was recorded, so that nobody needs to take it on trust (I28).

#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/json.hpp"
#include "registry/registry.hpp"
#include "storage/journal.hpp"

namespace perennial::lifecycle {

/// Events of one rollout: at most 100 steps (rollout/plan.cpp), its beginning and its end.
inline constexpr std::size_t rollout_events_kept = 256;

/// The events of one rollout of `model`, oldest first: RolloutPlanned (or the Promoted of an override, which begins
/// with the watch), its steps, its end and the end's confirmation. `which`: id of the rollout or a version; empty: the
/// newest. Reads the model's journal once from its beginning, in pages. Errors: not_found, naming the newest rollouts;
/// those of the journal.
Result<std::vector<Event>> rollout_events(storage::Journal& journal, const std::string& model,
                                          const std::string& which);

/// {"model", "id", "version", "champion", "because", "began", "plan", "plan_in_words", "steps": […], "outcome", "over":
/// bool, "in_words": [lines]}. A step is {"event", "at", "phase", "step", "weight", "since", "saw": findings or null,
/// "evidence", "action", "verdict", "reason", "asked_by": "judge"|"operator", "again": {"outcome":
/// "same"|"different"|"not_kept"|"unreadable"|"not_judged", "in_words", "differences"}}. Pure.
Json rollout_account(const registry::Registry& registry, const std::vector<Event>& events);

}  // namespace perennial::lifecycle
