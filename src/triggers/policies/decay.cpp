// Retrains when the champion's metric has got worse than its baseline, significantly (capabilities rows 20, 22, 30,
// 43).

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

class DecayPolicy final : public Policy {
 public:
  std::string metric;
  double drop = 0;
  bool relative = true;

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory&, TimePoint) const override {
    const auto found = std::ranges::find(inputs.decay, metric, &DecayReport::metric);
    if (found == inputs.decay.end()) return std::nullopt;
    const DecayReport& report = *found;
    Finding finding{.threshold = drop};
    const double measured = relative ? report.decay_share : report.decay;
    if (report.verdict == Verdict::invalid || !std::isfinite(measured)) {
      finding.reason = fmt::format(
          "decay of {} is not known: no usable baseline, too few labels, or labels of some kinds of rows only", metric);
      return finding;
    }
    finding.measured = measured;
    finding.priority = std::max(default_priority, severity(report.decay_share));
    const auto show = [&](double value) { return relative ? percent(value) : fmt::format("{:.4g}", value); };
    if (measured < drop) {
      finding.reason = fmt::format("decay of {} {} below {}", metric, show(measured), show(drop));
    } else if (!report.significant) {
      finding.reason =
          fmt::format("decay of {} {} is not significant (p {:.2g})", metric, show(measured), report.p_value);
    } else {
      finding.fired = true;
      finding.reason =
          fmt::format("decay of {} {} at or above {} (p {:.2g})", metric, show(measured), show(drop), report.p_value);
    }
    return finding;
  }

  std::vector<MetricUse> metrics() const override { return {{metric, true}}; }

  bool answers(std::string_view alarm) const override { return alarm == "decay"; }

  std::string describe() const override {
    return fmt::format("when {} gets worse than its baseline by {}, significantly", metric,
                       relative ? percent(drop) : fmt::format("{:.4g}", drop));
  }

 private:
  /// Row 30; the policy was asked to act on `drop`, so it never ranks below the default.
  static int severity(double share) { return share > 0.2 ? 5 : share > 0.1 ? 4 : 3; }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"decay", "priority"}));
  const auto node = item["decay"];
  TRY(node.check_keys({"metric", "drop"}));
  auto policy = std::make_shared<DecayPolicy>();
  ASSIGN_OR_RETURN(policy->metric, metric_name(node["metric"]));
  ASSIGN_OR_RETURN(policy->drop, node["drop"].number());
  policy->relative = node["drop"].is_percent();
  if (policy->drop <= 0)
    return node["drop"].error("a drop must be above 0", "such as 5% (of the baseline) or 0.05 (absolute)");
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind decay_kind() {
  return {{"decay",
           "the champion's metric is significantly worse than its baseline",
           {{"metric", "", "target.metric", "", "watched in its bad direction"},
            {"drop", "", "> 0", "% of the baseline, or the metric's unit", "how much worse"},
            {"priority", "3 to 5 by severity", "1..5", "", "over 10 % worse: 4, over 20 %: 5"}}},
          make};
}

}  // namespace perennial::triggers
