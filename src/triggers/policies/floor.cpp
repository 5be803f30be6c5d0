// Retrains when a metric stays beyond a fixed bound (capabilities rows 21, 23).

#include <fmt/format.h>

#include <cmath>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

inline constexpr std::int64_t most_evaluations = 10000;

class FloorPolicy final : public Policy {
 public:
  std::string metric;
  double bound = 0;
  bool is_floor = true;  ///< `below`; else `above`
  int evaluations = 1;
  Duration lasting{0};  ///< instead of evaluations where not zero

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory& memory, TimePoint now) const override {
    if (inputs.current_metrics.empty()) return std::nullopt;
    Finding finding{.threshold = bound};
    const auto value = measured(inputs);
    if (!value) {
      finding.reason = fmt::format("{} is not known: no labelled rows in this evaluation", metric);
      return finding;
    }
    finding.measured = *value;
    if (!beyond(*value)) {
      finding.reason = fmt::format("{} {:.4g} is not {} {:.4g}", metric, *value, is_floor ? "below" : "above", bound);
      return finding;
    }
    const int streak = streak_before(memory) + 1;
    const auto since = memory.floor_since.find(label());
    const Duration lasted = streak > 1 && since != memory.floor_since.end() ? now - since->second : Duration{0};
    finding.fired = lasting.count() > 0 ? lasted >= lasting : streak >= evaluations;
    finding.reason = fmt::format("{} {:.4g} {} {:.4g}", metric, *value, is_floor ? "below" : "above", bound);
    finding.reason += lasting.count() > 0
                          ? fmt::format(" for {} of {}", format_duration(lasted), format_duration(lasting))
                          : fmt::format(" for {} of {} evaluations", std::min(streak, evaluations), evaluations);
    return finding;
  }

  void remember(const TriggerInputs& inputs, bool, TimePoint now, TriggerMemory& memory) const override {
    const auto value = measured(inputs);
    if (!value) return;  // an evaluation without labels neither counts nor breaks a streak
    if (!beyond(*value)) {
      memory.floor_streak.erase(label());
      memory.floor_since.erase(label());
      return;
    }
    if (streak_before(memory) == 0) memory.floor_since[label()] = now;
    auto& streak = memory.floor_streak[label()];
    streak = std::min<int>(streak + 1, most_evaluations);
  }

  std::vector<MetricUse> metrics() const override { return {{metric, false}}; }

  std::string describe() const override {
    return fmt::format("when {} is {} {:.4g} {}", metric, is_floor ? "below" : "above", bound,
                       lasting.count() > 0 ? "for " + format_duration(lasting)
                                           : fmt::format("in {} evaluations in a row", evaluations));
  }

 private:
  bool beyond(double value) const { return is_floor ? value < bound : value > bound; }

  int streak_before(const TriggerMemory& memory) const {
    const auto found = memory.floor_streak.find(label());
    return found == memory.floor_streak.end() ? 0 : found->second;
  }

  std::optional<double> measured(const TriggerInputs& inputs) const {
    const auto found = inputs.current_metrics.find(metric);
    if (found == inputs.current_metrics.end() || found->second.n == 0 || !std::isfinite(found->second.value))
      return std::nullopt;
    return found->second.value;
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"floor", "priority"}));
  const auto node = item["floor"];
  TRY(node.check_keys({"metric", "below", "above", "for"}));
  auto policy = std::make_shared<FloorPolicy>();
  ASSIGN_OR_RETURN(policy->metric, metric_name(node["metric"]));
  policy->is_floor = node["below"].defined();
  if (policy->is_floor == node["above"].defined())
    return node.error("a floor policy has exactly one of below and above",
                      "such as {metric: health.accuracy, below: 0.85, for: 3}");
  ASSIGN_OR_RETURN(policy->bound, node[policy->is_floor ? "below" : "above"].number());
  if (const auto lasting = node["for"]; lasting.defined()) {
    if (const auto count = lasting.integer(1, most_evaluations)) {
      policy->evaluations = static_cast<int>(*count);
    } else {
      const auto duration = lasting.duration();
      if (!duration || duration->count() <= 0)
        return lasting.error("'for' is a number of evaluations in a row, or a duration", "such as 3 or 6h");
      policy->lasting = *duration;
    }
  }
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind floor_kind() {
  return {{"floor",
           "a metric stays beyond a fixed bound",
           {{"metric", "", "target.metric", "", "of the champion, on the newest labels"},
            {"below", "", "", "the metric's unit", "bound of a metric that should be high"},
            {"above", "", "", "the metric's unit", "bound of a metric that should be low"},
            {"for", "1", "1..10000, or a duration", "evaluations in a row, or time", "how long before it counts"},
            {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
