// The challenger's metric on the holdout against a fixed bound (capabilities row 78).

#include <fmt/format.h>

#include "gates/checks/members.hpp"

namespace perennial::gates {
namespace {

bool claims(const ConfigNode& item) { return item.is_map() && (item["max"].defined() || item["min"].defined()); }

Result<GateCheck> parse(const ConfigNode& item) {
  TRY(item.check_keys({"metric", "max", "min"}, {"slice"}));
  GateCheck check;
  check.kind = "absolute";
  TRY(read_metric(item, check));
  check.is_upper_bound = item["max"].defined();
  if (check.is_upper_bound && item["min"].defined())
    return item.error("a gate has one of max and min", "make them two entries");
  ASSIGN_OR_RETURN(check.threshold, item[check.is_upper_bound ? "max" : "min"].number());
  check.gate = fmt::format("{}.{} at {} {:.6g}", check.target, check.metric, check.is_upper_bound ? "most" : "least",
                           check.threshold);
  return check;
}

GateResult judge(const GateCheck& check, const GateEvidence& evidence) {
  const auto target = find_target(evidence, check.target);
  if (!target) return invalid_result(check, target.error());
  const auto estimate = stats::evaluate(check.measured(), challenger_of(evidence, *target));
  if (!estimate) return invalid_result(check, estimate.error());
  GateResult result;
  result.gate = check.gate;
  result.new_value = estimate->value;
  result.threshold = check.threshold;
  result.rows = estimate->n;
  if (!evidence.first_version)
    if (const auto champion = stats::evaluate(check.measured(), champion_of(evidence, *target)))
      result.champion_value = champion->value;
  const bool holds = check.is_upper_bound ? estimate->value <= check.threshold : estimate->value >= check.threshold;
  result.verdict = holds ? Verdict::pass : Verdict::fail;
  result.reason =
      fmt::format("{}.{} is {:.6g}, {} {} {:.6g}", check.target, check.metric, estimate->value,
                  holds ? "within" : "beyond", check.is_upper_bound ? "at most" : "at least", check.threshold);
  return result;
}

}  // namespace

CheckKind absolute_kind() {
  return {{"absolute",
           "the new version's metric on the holdout against a fixed bound",
           {{"metric", "", "target.metric", "", "of the new version"},
            {"max", "", "", "the metric's unit", "largest value that passes"},
            {"min", "", "", "the metric's unit", "smallest value that passes"}}},
          false,
          claims,
          parse,
          judge};
}

}  // namespace perennial::gates
