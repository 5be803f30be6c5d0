#pragma once
// What the monitors of a champion's quality have seen, in words: the body of an event to a sentence, without its full
// stop. An odd body shortens the sentence.

#include <string>

#include "core/json.hpp"

namespace perennial::app {

std::string decay_detected(const Json& b);
std::string decay_resolved(const Json& b);
std::string estimated_decay_detected(const Json& b);
std::string estimated_decay_resolved(const Json& b);
std::string importance_drift_detected(const Json& b);
std::string importance_drift_resolved(const Json& b);

}  // namespace perennial::app
