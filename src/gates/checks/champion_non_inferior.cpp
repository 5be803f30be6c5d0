// Not worse than the champion by more than a margin, on the same rows (capabilities rows 79, 83). The margin is
// compared as a difference, never as a quotient, so it has the right sign in both directions and near zero (trap 41).

#include <fmt/format.h>

#include <cmath>

#include "gates/checks/members.hpp"
#include "stats/special.hpp"

namespace perennial::gates {
namespace {

bool claims(const ConfigNode& item) { return item.is_map() && item["worse_by_at_most"].defined(); }

Result<GateCheck> parse(const ConfigNode& item) {
  TRY(item.check_keys({"metric", "vs", "worse_by_at_most", "confidence"}, {"slice"}));
  GateCheck check;
  check.kind = "champion_non_inferior";
  TRY(read_metric(item, check));
  TRY(read_margin(item["worse_by_at_most"], check));
  TRY(read_confidence(item, check));
  check.gate =
      fmt::format("{}.{} worse than the champion's by at most {}", check.target, check.metric, margin_text(check));
  if (check.confidence) check.gate += fmt::format(" (confidence {:.4g} %)", 100 * *check.confidence);
  return check;
}

GateResult judge(const GateCheck& check, const GateEvidence& evidence) {
  const auto comparison = compare(check, evidence);
  if (!comparison) return invalid_result(check, comparison.error());
  GateResult result = result_of(check, *comparison);
  const double margin =
      check.threshold_is_relative ? check.threshold * std::abs(result.champion_value) : check.threshold;
  result.threshold = margin;
  const double slack = result.improvement + margin;  // >= 0: within the margin
  const bool within = slack >= -rounding(result.champion_value);
  result.p_value = comparison->standard_error > 0 ? stats::student_t_sf(slack / comparison->standard_error,
                                                                        std::max(comparison->effective_n - 1, 1.0))
                                                  : (within ? 0 : 1);
  if (!check.confidence) {
    result.verdict = within ? Verdict::pass : Verdict::fail;
  } else if (result.p_value <= 1 - *check.confidence) {
    result.verdict = Verdict::pass;
  } else if (result.p_value >= *check.confidence) {
    result.verdict = Verdict::fail;
  } else {
    result.verdict = Verdict::inconclusive;
  }
  result.reason = fmt::format("{}.{} {:.6g} against {:.6g}: {} by {:.4g}, {:.4g} allowed", check.target, check.metric,
                              result.new_value, result.champion_value, result.improvement >= 0 ? "better" : "worse",
                              std::abs(result.improvement), margin);
  if (result.verdict == Verdict::inconclusive) result.reason += fmt::format(", not settled by {} rows", result.rows);
  return result;
}

}  // namespace

CheckKind champion_non_inferior_kind() {
  return {{"champion_non_inferior",
           "not worse than the champion by more than a margin, on the same holdout",
           {{"metric", "", "target.metric", "", "of both versions"},
            {"vs", "", "champion", "", "the other side"},
            {"worse_by_at_most", "", ">= 0", "% of the champion's value, or the metric's unit", "the margin"},
            {"confidence", "", "above 50 %, below 100 %", "",
             "unset: the measured values decide; set: else inconclusive"}}},
          true,
          claims,
          parse,
          judge};
}

}  // namespace perennial::gates
