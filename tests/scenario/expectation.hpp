#pragma once
// Which events a scenario script means.

#include <span>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "core/result.hpp"

namespace perennial::scenario {

/// Whether a text has this part, where '_' and a blank are the same: a script's words have no blanks.
bool says(std::string text, std::string part);

/// TYPE and conditions on its body, as in "RolledBack cause=live_analysis".
class EventPattern {
 public:
  /// Error: usage (no such event type, a condition without one of = ~ < >).
  static Result<EventPattern> parse(std::span<const std::string> words);

  bool matches(const Event& event) const;
  const std::string& type() const { return type_; }

 private:
  struct Condition {
    std::string path;
    char comparison = '=';
    std::string value;
  };
  static bool holds(const Json& at, std::string_view path, const Condition& condition);

  std::string type_;
  std::vector<Condition> conditions_;
};

/// One line per event of that type (all types where empty), the newest 20, for messages.
std::string list_events(std::span<const Event> events, const std::string& type);

}  // namespace perennial::scenario
