#pragma once
// What the files of this folder give to catalog.cpp, and the scoring that they share.

#include "gates/check.hpp"
#include "stats/paired.hpp"

namespace perennial::gates {

CheckKind absolute_kind();
CheckKind champion_non_inferior_kind();
CheckKind champion_better_kind();
CheckKind none_kind();

/// The views of one target's answers. `target` must be an index of evidence.targets.
stats::Scored challenger_of(const GateEvidence& evidence, std::size_t target);
stats::Scored champion_of(const GateEvidence& evidence, std::size_t target);

/// The index of a target; error: invalid where the model has none of that name.
Result<std::size_t> find_target(const GateEvidence& evidence, const std::string& name);

/// Both sides on the same rows by the check's metric. Error: invalid, with the reason in words.
Result<stats::PairedComparison> compare(const GateCheck& check, const GateEvidence& evidence);

/// The values of a comparison, verdict invalid until the check decides.
GateResult result_of(const GateCheck& check, const stats::PairedComparison& comparison);
GateResult invalid_result(const GateCheck& check, const Error& error);

/// Reads `metric` into target and metric, and `confidence` where it is there (above 0.5, below 1).
Status read_metric(const ConfigNode& item, GateCheck& check);
Status read_confidence(const ConfigNode& item, GateCheck& check);
/// Reads a margin that must not be negative: "5%" is relative, a bare number is in the metric's unit.
Status read_margin(const ConfigNode& node, GateCheck& check);
/// "5 %" or "0.05".
std::string margin_text(const GateCheck& check);

/// Slack for numbers that differ in the last places only.
double rounding(double value);

}  // namespace perennial::gates
