#include "triggers/policy.hpp"

#include <fmt/format.h>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {

void Policy::remember(const TriggerInputs&, bool, TimePoint, TriggerMemory&) const {}

std::optional<TimePoint> Policy::next_due(const std::string&, const TriggerMemory&, TimePoint) const {
  return std::nullopt;
}

std::vector<MetricUse> Policy::metrics() const { return {}; }

bool Policy::wants_fresh_loss() const { return false; }

bool Policy::takes_event(const std::string&) const { return false; }
bool Policy::answers(std::string_view) const { return false; }
std::vector<ColumnTest> Policy::drift_tests() const { return {}; }
std::optional<double> Policy::importance_shift() const { return std::nullopt; }

Result<std::shared_ptr<const Policy>> finished(std::shared_ptr<Policy> policy, const ConfigNode& item,
                                               std::string label) {
  policy->set_label(std::move(label));
  if (item.is_map()) {
    if (const auto node = item["priority"]; node.defined()) {
      ASSIGN_OR_RETURN(const std::int64_t priority, node.integer(1, 5));
      policy->set_priority(static_cast<int>(priority));
    }
  }
  return std::shared_ptr<const Policy>(std::move(policy));
}

Result<std::string> metric_name(const ConfigNode& node) {
  ASSIGN_OR_RETURN(std::string name, node.text());
  const auto dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size())
    return node.error(fmt::format("'{}' is not a metric of a target", name), "write target.metric, such as rul.rmse");
  return name;
}

std::string percent(double share) { return fmt::format("{:.4g} %", 100 * share); }

}  // namespace perennial::triggers
