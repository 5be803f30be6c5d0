// The null member: never retrains by itself. People still can.

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

class NonePolicy final : public Policy {
 public:
  std::optional<Finding> look(const TriggerInputs&, const TriggerMemory&, TimePoint) const override {
    return std::nullopt;
  }
  std::string describe() const override { return "never by itself"; }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  if (!item.is_scalar()) {
    TRY(item.check_keys({"none"}));
  }
  return finished(std::make_shared<NonePolicy>(), item, std::move(label));
}

}  // namespace

PolicyKind none_kind() { return {{"none", "never by itself: the family's null member", {}}, make}; }

}  // namespace perennial::triggers
