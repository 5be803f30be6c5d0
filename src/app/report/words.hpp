#pragma once
// The journal in plain words: one sentence per event, for the HTML report, the command line and the demo's story.

#include <string>
#include <string_view>

#include "core/event.hpp"

namespace perennial::app {

/// One plain sentence without markup, ending in a full stop. Reads only what the body has: a missing or oddly typed
/// field shortens the sentence. A type that is not known gives the type's name. Never fails; not escaped for HTML.
std::string in_words(const Event& event);

/// What a type of event is about, for grouping and filters: "drift", "quality", "decision", "training", "gate",
/// "version", "rollout", "alert", "run" (start and end of a process), "other" where the type is not known.
std::string_view topic_of(std::string_view event_type);

/// A number as people read it: three places below 1, else four significant digits, thousands separated from 10,000 on
/// ("0.752", "12.3", "43,953"); "not known" where it is not finite.
std::string number_in_words(double value);
/// "1 rollback", "15 promotions": the plural adds an s.
std::string count_in_words(std::uint64_t count, std::string_view noun);

}  // namespace perennial::app
