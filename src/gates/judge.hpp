#pragma once
// DECIDER: the same holdout scored by both → may the challenger be rolled out? The same gates apply whatever started
// the training (trap 14). Pure: the verdict depends on the checks and the evidence only.

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/verdict.hpp"
#include "gates/check.hpp"

namespace perennial::gates {

inline constexpr double guard_margin = 0.10;        ///< a target without a gate of its own may not get worse by more
inline constexpr double guard_significance = 0.05;  ///< … where the worsening is significant, one-sided

struct GateReport {
  Verdict verdict = Verdict::invalid;  ///< pass only where every check that applies passes
  std::string reason;                  ///< the first check that decided, or what is wrong with the evidence
  std::vector<GateResult> checks;      ///< in the order given, then one guard per target that no check names
  std::uint64_t rows = 0;              ///< of the holdout
};

/// invalid > fail > inconclusive > pass decides. The evidence is invalid where the holdout is empty, sizes or digests
/// do not match, a version was scored on other columns than it has, an answer is not finite, or a training window
/// reaches into the holdout (unless split by entity). First version: checks against the champion are skipped. Targets
/// that no check names are guarded: invalid without labels, fail where significantly worse by over 10 %.
GateReport judge(const std::vector<GateCheck>& checks, const GateEvidence& evidence);

/// {"gate", "verdict" (or "skipped"), "reason", "new", "champion", "threshold", "improvement", "p_value", "rows"}.
Json to_json(const GateResult& result);
/// {"verdict", "reason", "rows", "gates": […]}
Json to_json(const GateReport& report);

}  // namespace perennial::gates
