#include "gates/judge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gates/checks/members.hpp"

namespace perennial::gates {
namespace {

bool all_finite(std::span<const float> values) {
  return std::ranges::all_of(values, [](float value) { return std::isfinite(value); });
}

/// What makes the evidence unusable as a whole; empty where nothing does.
std::string problem_of(const GateEvidence& e) {
  std::size_t width = 0;
  for (const auto& target : e.targets) width += target.width();
  if (e.targets.empty() || e.stride == 0 || width != e.stride)
    return "the outputs do not have the layout of the targets";
  if (e.challenger_outputs.empty()) return "the holdout is empty";
  if (e.challenger_outputs.size() % e.stride != 0) return "the new version's answers are not whole rows";
  if (e.truth.size() != e.targets.size()) return "the truth of some target is missing";
  for (const auto& truth : e.truth)
    if (truth.size() != e.rows())
      return fmt::format("{} rows were scored, {} have a place for a label", e.rows(), truth.size());
  if (e.challenger_holdout_digest.empty()) return "it is not known which rows the new version scored";
  if (e.challenger_columns != e.challenger_scored_columns)
    return "the new version was scored on other columns than it was trained on";
  if (!all_finite(e.challenger_outputs)) return "the new version answers with NaN or infinity";
  if (!e.first_version) {
    if (e.champion_outputs.empty()) return "the champion has not scored the holdout";
    if (e.champion_outputs.size() != e.challenger_outputs.size())
      return "the champion has scored another number of rows";
    if (e.champion_holdout_digest != e.challenger_holdout_digest)
      return "the champion and the new version were scored on different rows";
    if (e.champion_columns != e.champion_scored_columns)
      return "the champion was scored on other columns than it was trained on";
    if (!all_finite(e.champion_outputs)) return "the champion answers with NaN or infinity";
  }
  if (e.by_entity) return e.entities_disjoint ? "" : "entities of the holdout may have been trained on";
  const auto reaches_in = [&](TimePoint train_to) {
    return e.rows_disjoint ? train_to > e.holdout_from : train_to >= e.holdout_from;
  };
  if (reaches_in(e.challenger_train_to))
    return fmt::format("the new version was trained up to {}, the holdout begins at {}",
                       format_time(e.challenger_train_to), format_time(e.holdout_from));
  if (!e.first_version && reaches_in(e.champion_train_to))
    return fmt::format("the champion was trained up to {}, the holdout begins at {}", format_time(e.champion_train_to),
                       format_time(e.holdout_from));
  return {};
}

int badness(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass: return 0;
    case Verdict::inconclusive: return 1;
    case Verdict::fail: return 2;
    case Verdict::invalid: return 3;
  }
  return 3;
}

GateResult guard(const Target& target, const GateEvidence& evidence) {
  GateCheck check;
  check.target = target.name;
  check.metric = target.task == Task::regression ? "rmse" : "accuracy";
  check.gate = fmt::format("{}.{} (no gate of its own) not significantly worse by over {:.4g} %", check.target,
                           check.metric, 100 * guard_margin);
  if (evidence.first_version) {
    GateResult result;
    result.gate = check.gate;
    result.skipped = true;
    result.verdict = Verdict::inconclusive;
    result.reason = "there is no champion to compare with";
    return result;
  }
  const auto comparison = compare(check, evidence);
  if (!comparison) return invalid_result(check, comparison.error());
  GateResult result = result_of(check, *comparison);
  result.threshold = guard_margin * std::abs(result.champion_value);
  // The other way round the p-value is that of "the champion is not better".
  const std::size_t index = static_cast<std::size_t>(&target - evidence.targets.data());
  const auto reverse =
      stats::compare_paired(check.metric, champion_of(evidence, index), challenger_of(evidence, index));
  if (!reverse) return invalid_result(check, reverse.error());
  result.p_value = reverse->p_value;
  const bool worse =
      -result.improvement > result.threshold + rounding(result.champion_value) && result.p_value < guard_significance;
  result.verdict = worse ? Verdict::fail : Verdict::pass;
  result.reason = fmt::format("{}.{} {:.6g} against {:.6g}: {} by {:.4g}{}", check.target, check.metric,
                              result.new_value, result.champion_value, result.improvement >= 0 ? "better" : "worse",
                              std::abs(result.improvement), worse ? fmt::format(", p {:.2g}", result.p_value) : "");
  return result;
}

GateResult judge_one(const GateCheck& check, const GateEvidence& evidence) {
  const auto kind = checks().find(check.kind);
  if (!kind) return invalid_result(check, kind.error());
  if ((*kind)->needs_champion && evidence.first_version) {
    GateResult result;
    result.gate = check.gate;
    result.skipped = true;
    result.verdict = Verdict::inconclusive;
    result.reason = "first version: there is no champion to compare with";
    return result;
  }
  return (*kind)->judge(check, evidence);
}

}  // namespace

GateReport judge(const std::vector<GateCheck>& checks_given, const GateEvidence& evidence) {
  GateReport report;
  report.rows = evidence.rows();
  if (const auto problem = problem_of(evidence); !problem.empty()) {
    report.reason = problem;
    for (const auto& check : checks_given) {
      GateResult result;
      result.gate = check.gate;
      result.reason = problem;
      report.checks.push_back(std::move(result));
    }
    return report;
  }
  for (const auto& check : checks_given) report.checks.push_back(judge_one(check, evidence));
  for (const auto& target : evidence.targets)
    if (std::ranges::find(checks_given, target.name, &GateCheck::target) == checks_given.end())
      report.checks.push_back(guard(target, evidence));

  report.verdict = Verdict::pass;
  report.reason = evidence.first_version ? "first version: every gate that applies holds" : "every gate holds";
  for (const auto& result : report.checks) {
    if (result.skipped || badness(result.verdict) <= badness(report.verdict)) continue;
    report.verdict = result.verdict;
    report.reason = result.reason;
  }
  return report;
}

Json to_json(const GateResult& result) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {{"gate", result.gate},
          {"verdict", result.skipped ? "skipped" : std::string(to_string(result.verdict))},
          {"reason", result.reason},
          {"new", number(result.new_value)},
          {"champion", number(result.champion_value)},
          {"threshold", number(result.threshold)},
          {"improvement", number(result.improvement)},
          {"p_value", number(result.p_value)},
          {"rows", result.rows}};
}

Json to_json(const GateReport& report) {
  Json gates = Json::array();
  for (const auto& result : report.checks) gates.push_back(to_json(result));
  return {{"verdict", std::string(to_string(report.verdict))},
          {"reason", report.reason},
          {"rows", report.rows},
          {"gates", std::move(gates)}};
}

}  // namespace perennial::gates
