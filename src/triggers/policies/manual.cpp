// Retrains when a person asks (capabilities rows 1, 31). Requests of people are answered in decide.cpp, with or without
// this entry.

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

class ManualPolicy final : public Policy {
 public:
  std::optional<Finding> look(const TriggerInputs&, const TriggerMemory&, TimePoint) const override {
    return std::nullopt;
  }
  std::string describe() const override { return "when a person asks, whatever the cooldown and the priority"; }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  if (!item.is_scalar()) {
    TRY(item.check_keys({"manual"}));
  }
  return finished(std::make_shared<ManualPolicy>(), item, std::move(label));
}

}  // namespace

PolicyKind manual_kind() { return {{"manual", "a person asks; always there, so the entry only says so", {}}, make}; }

}  // namespace perennial::triggers
