#include "gates/checks/members.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace perennial::gates {
namespace {

stats::Scored scored(const GateEvidence& evidence, std::span<const float> outputs, std::size_t target) {
  std::size_t offset = 0;
  for (std::size_t i = 0; i < target; ++i) offset += evidence.targets[i].width();
  return {.outputs = outputs,
          .stride = evidence.stride,
          .offset = offset,
          .target = &evidence.targets[target],
          .truth = evidence.truth[target]};
}

}  // namespace

stats::Scored challenger_of(const GateEvidence& evidence, std::size_t target) {
  return scored(evidence, evidence.challenger_outputs, target);
}

stats::Scored champion_of(const GateEvidence& evidence, std::size_t target) {
  return scored(evidence, evidence.champion_outputs, target);
}

Result<std::size_t> find_target(const GateEvidence& evidence, const std::string& name) {
  const auto found = std::ranges::find(evidence.targets, name, &Target::name);
  if (found != evidence.targets.end()) return static_cast<std::size_t>(found - evidence.targets.begin());
  return fail(ErrorCode::invalid, fmt::format("the model has no target '{}'", name));
}

Result<stats::PairedComparison> compare(const GateCheck& check, const GateEvidence& evidence) {
  ASSIGN_OR_RETURN(const std::size_t target, find_target(evidence, check.target));
  ASSIGN_OR_RETURN(auto comparison, stats::compare_paired(check.measured(), challenger_of(evidence, target),
                                                          champion_of(evidence, target)));
  if (!std::isfinite(comparison.challenger.value) || !std::isfinite(comparison.champion.value) ||
      !std::isfinite(comparison.improvement))
    return fail(ErrorCode::invalid, "the metric is not a number");
  return comparison;
}

GateResult result_of(const GateCheck& check, const stats::PairedComparison& comparison) {
  GateResult result;
  result.gate = check.gate;
  result.new_value = comparison.challenger.value;
  result.champion_value = comparison.champion.value;
  result.improvement = comparison.improvement;
  result.rows = comparison.n;
  return result;
}

GateResult invalid_result(const GateCheck& check, const Error& error) {
  GateResult result;
  result.gate = check.gate;
  result.verdict = Verdict::invalid;
  result.reason = fmt::format("{}.{} can't be judged: {}", check.target, check.metric, error.what);
  return result;
}

Status read_metric(const ConfigNode& item, GateCheck& check) {
  ASSIGN_OR_RETURN(const std::string name, item["metric"].text());
  const auto dot = name.rfind('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == name.size())
    return item["metric"].error(fmt::format("'{}' is not a metric of a target", name),
                                "write target.metric, such as rul.rmse");
  check.target = name.substr(0, dot);
  check.metric = name.substr(dot + 1);
  return {};
}

Status read_confidence(const ConfigNode& item, GateCheck& check) {
  const auto node = item["confidence"];
  if (!node.defined()) return {};
  ASSIGN_OR_RETURN(const double confidence, node.share());
  if (confidence <= 0.5 || confidence >= 1)
    return node.error("a confidence is above 50 % and below 100 %", "such as 90%");
  check.confidence = confidence;
  return {};
}

Status read_margin(const ConfigNode& node, GateCheck& check) {
  ASSIGN_OR_RETURN(check.threshold, node.number());
  check.threshold_is_relative = node.is_percent();
  if (check.threshold < 0) return node.error("a margin must not be negative");
  return {};
}

std::string margin_text(const GateCheck& check) {
  return check.threshold_is_relative ? fmt::format("{:.4g} %", 100 * check.threshold)
                                     : fmt::format("{:.4g}", check.threshold);
}

double rounding(double value) { return 1e-12 * std::max(1.0, std::abs(value)); }

}  // namespace perennial::gates
