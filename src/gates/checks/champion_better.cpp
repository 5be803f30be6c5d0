// Better than the champion by at least so much, and not by luck (capabilities rows 80-82).

#include <fmt/format.h>

#include <cmath>

#include "gates/checks/members.hpp"

namespace perennial::gates {
namespace {

/// The metrics whose best value is 1.
bool best_is_one(const std::string& metric) {
  return metric == "accuracy" || metric == "f1" || metric == "precision" || metric == "recall" || metric == "auc" ||
         metric == "r2";
}

bool claims(const ConfigNode& item) { return item.is_map() && item["better_by_at_least"].defined(); }

Result<GateCheck> parse(const ConfigNode& item) {
  TRY(item.check_keys({"metric", "vs", "better_by_at_least", "confidence"}, {"slice"}));
  GateCheck check;
  check.kind = "champion_better";
  TRY(read_metric(item, check));
  TRY(read_margin(item["better_by_at_least"], check));
  check.confidence = default_confidence;
  TRY(read_confidence(item, check));
  check.gate = fmt::format("{}.{} better than the champion's by at least {} (confidence {:.4g} %)", check.target,
                           check.metric, margin_text(check), 100 * *check.confidence);
  return check;
}

GateResult judge(const GateCheck& check, const GateEvidence& evidence) {
  const auto comparison = compare(check, evidence);
  if (!comparison) return invalid_result(check, comparison.error());
  GateResult result = result_of(check, *comparison);
  result.p_value = comparison->p_value;
  double wanted = check.threshold_is_relative ? check.threshold * std::abs(result.champion_value) : check.threshold;
  std::string note;
  // "2 % better" than 0.99 is more than there is: then 2 % of what is left (trap 41).
  if (check.threshold_is_relative && best_is_one(check.metric) && result.champion_value + wanted > 1) {
    wanted = check.threshold * (1 - result.champion_value);
    note = fmt::format(" ({} of the distance to 1)", margin_text(check));
  }
  result.threshold = wanted;
  const double level = 1 - check.confidence.value_or(default_confidence);
  const bool enough = result.improvement >= wanted - rounding(result.champion_value);
  const bool significant = std::isfinite(result.p_value) && result.p_value <= level + 1e-12;
  result.verdict = !enough ? Verdict::fail : significant ? Verdict::pass : Verdict::inconclusive;
  result.reason = fmt::format("{}.{} {:.6g} against {:.6g}: {} by {:.4g}, {:.4g} wanted{}", check.target, check.metric,
                              result.new_value, result.champion_value, result.improvement >= 0 ? "better" : "worse",
                              std::abs(result.improvement), wanted, note);
  if (enough)
    result.reason += fmt::format(", p {:.2g} {} {:.2g}", result.p_value, significant ? "at most" : "above", level);
  return result;
}

}  // namespace

CheckKind champion_better_kind() {
  return {{"champion_better",
           "better than the champion by at least so much, significantly, on the same holdout",
           {{"metric", "", "target.metric", "", "of both versions"},
            {"vs", "", "champion", "", "the other side"},
            {"better_by_at_least", "", ">= 0", "% of the champion's value, or the metric's unit", "the improvement"},
            {"confidence", "90%", "above 50 %, below 100 %", "", "one-sided, paired by row"}}},
          true,
          claims,
          parse,
          judge};
}

}  // namespace perennial::gates
