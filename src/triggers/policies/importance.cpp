// Retrains when the champion relies on other columns than on its training rows (capabilities rows 24, 42).

#include <fmt/format.h>

#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

constexpr double default_shift = 0.2;

class ImportancePolicy final : public Policy {
 public:
  double threshold = default_shift;

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory&, TimePoint) const override {
    if (inputs.importance == nullptr) return std::nullopt;
    const ImportanceReport& report = *inputs.importance;
    Finding finding{.threshold = threshold};
    if (report.verdict != Verdict::pass && report.verdict != Verdict::fail) {
      finding.reason = fmt::format("the shift of importance is not known: {}", report.why_not);
      return finding;
    }
    finding.measured = report.shift;
    const std::string shifted = fmt::format("importance{} shifted by {:.2f}",
                                            report.target.empty() ? "" : " for " + report.target, report.shift);
    if (report.shift < threshold) {
      finding.reason = fmt::format("{}, below {:.4g}", shifted, threshold);
    } else if (report.shift <= report.noise) {
      finding.reason = fmt::format("{}, which is no more than chance gives ({:.2f})", shifted, report.noise);
    } else {
      finding.fired = true;
      finding.reason = fmt::format("{} (threshold {:.4g}; chance gives up to {:.2f}): {}", shifted, threshold,
                                   report.noise, largest_moves(report));
    }
    return finding;
  }

  bool answers(std::string_view alarm) const override { return alarm == "importance"; }
  std::optional<double> importance_shift() const override { return threshold; }

  std::string describe() const override {
    return fmt::format(
        "when the importance of the columns in the newest window has shifted by {:.4g} from that in the training rows, "
        "and by more than chance",
        threshold);
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  auto policy = std::make_shared<ImportancePolicy>();
  if (!item.is_scalar()) {
    TRY(item.check_keys({"importance", "priority"}));
    const auto node = item["importance"];
    TRY(node.check_keys({"shift"}));
    if (const auto shift = node["shift"]; shift.defined()) {
      ASSIGN_OR_RETURN(policy->threshold, shift.share());
      if (policy->threshold <= 0)
        return shift.error("a shift of 0 would retrain without a change", "above 0, at most 1, such as 0.2");
    }
  }
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind importance_kind() {
  return {{"importance",
           "the champion relies on other columns than on its training rows, by more than chance; needs no labels",
           {{"shift", "0.2", "0..1", "total variation", "half the sum of the differences of the columns' shares"},
            {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
