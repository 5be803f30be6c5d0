#pragma once
// One gate check. Adding a kind is a file in checks/ and a line in catalog.cpp.

#include <limits>
#include <optional>
#include <string>

#include "core/catalog.hpp"
#include "core/config_node.hpp"
#include "core/verdict.hpp"
#include "gates/evidence.hpp"

namespace perennial::gates {

inline constexpr double not_known = std::numeric_limits<double>::quiet_NaN();
inline constexpr double default_confidence = 0.9;  ///< of better_by_at_least

/// One entry of `gates:`, checked and complete.
struct GateCheck {
  std::string kind;  ///< catalog name: absolute, champion_non_inferior, champion_better, none
  std::string gate;  ///< in words: "rul.rmse at most 12", the report's "gate"
  std::string target;
  std::string metric;                  ///< without the target: "rmse"
  std::string formula;                 ///< of a metric of the model's own (stats/metrics/own_metric.hpp); else empty
  double threshold = 0;                ///< bound (absolute), margin or improvement; 0.05 for 5 %
  bool threshold_is_relative = false;  ///< share of the champion's value
  bool is_upper_bound = false;         ///< absolute: `max` (else `min`)
  std::optional<double> confidence;    ///< one-sided; unset = the point estimate decides (non-inferiority only)

  /// What stats/ is asked for.
  const std::string& measured() const { return formula.empty() ? metric : formula; }
};

/// The judgement of one check. `skipped` checks say nothing about the verdict of the whole.
struct GateResult {
  std::string gate{};
  Verdict verdict = Verdict::invalid;
  bool skipped = false;
  std::string reason{};          ///< one sentence
  double new_value = not_known;  ///< the challenger's metric on this holdout
  double champion_value = not_known;
  double threshold = not_known;    ///< in the metric's unit
  double improvement = not_known;  ///< > 0 = challenger better, in the metric's unit
  double p_value = not_known;      ///< one-sided, of the claim that the check makes
  std::uint64_t rows = 0;          ///< labelled rows that were used
};

struct CheckKind {
  CatalogEntry entry;
  bool needs_champion = false;                         ///< skipped for a first version
  bool (*claims)(const ConfigNode& item);              ///< true where the entry's keys are this kind's
  Result<GateCheck> (*parse)(const ConfigNode& item);  ///< error: config
  GateResult (*judge)(const GateCheck& check, const GateEvidence& evidence);  ///< evidence is known to be usable
};

/// absolute, champion_non_inferior, champion_better, none.
const Catalog<CheckKind>& checks();

}  // namespace perennial::gates
