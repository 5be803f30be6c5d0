// Retrains on a named event from outside: an upstream job, a webhook, another system (capabilities rows 16, 26, 29).

#include <fmt/format.h>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

class EventPolicy final : public Policy {
 public:
  std::string name;

  std::optional<Finding> look(const TriggerInputs&, const TriggerMemory&, TimePoint) const override {
    return std::nullopt;
  }
  bool takes_event(const std::string& trigger) const override { return trigger == name; }
  std::string describe() const override {
    return fmt::format("when the event '{}' is posted, with its own priority", name);
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string) {
  TRY(item.check_keys({"event", "priority"}));
  auto policy = std::make_shared<EventPolicy>();
  ASSIGN_OR_RETURN(policy->name, item["event"].text());
  if (policy->name.empty()) return item["event"].error("an event has a name");
  if (policy->name == "manual")
    return item["event"].error("'manual' is a person's trigger and always there", "choose another name");
  std::string label = "event:" + policy->name;
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind event_kind() {
  return {{"event",
           "a named event is posted",
           {{"event", "", "a name", "", "the event's `trigger`"},
            {"priority", "the event's, else 3", "1..5", "", "replaces the priority that the event carries"}}},
          make};
}

}  // namespace perennial::triggers
