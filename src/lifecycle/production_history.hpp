#pragma once
// Which version was in production, since when, until when, and why: a look at the journal, so a restart changes
// nothing of it.

#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/time.hpp"
#include "registry/registry.hpp"
#include "storage/journal.hpp"

namespace perennial::lifecycle {

/// The newest stays of an answer; older ones are counted, and each is still found by its time.
inline constexpr std::size_t stays_told = 1000;

/// All stays, newest first: {"model", "history": [stay], "left_off": n, "in_words"}. A stay is {"version", "from",
/// "until": time|null, "how": "first"|"promoted"|"overridden"|"rolled_back", "reason", "evidence": a sentence,
/// "asked_by": {"who": "policy"|"operator"|"live_analysis", "name", "because"}, "rollout": id|null, "event": seq,
/// "ended": null or the same of what ended it, "in_words"}.
/// With `at`: {"model", "at", "version": text|null, "stay": stay|null, "in_words"}; an instant ahead of `now` is
/// answered with who serves now, and says so. `registry` may be a copy. Errors: those of the journal.
Result<Json> production_history(const registry::Registry& registry, storage::Journal& journal, const std::string& model,
                                std::optional<TimePoint> at, TimePoint now);

}  // namespace perennial::lifecycle
