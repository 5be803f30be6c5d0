#pragma once
// The `gates:` list of a model.

#include <string>
#include <vector>

#include "core/config_node.hpp"
#include "gates/check.hpp"
#include "stats/metrics/own_metric.hpp"

namespace perennial::gates {

inline constexpr double default_non_inferiority_margin = 0.05;  ///< row 79

/// Entries: {metric, max|min}, {metric, vs: champion, worse_by_at_most[, confidence]},
/// {metric, vs: champion, better_by_at_least[, confidence]}, {none: true}. Metrics are "target.metric" of `targets`.
/// An undefined node gives an empty list. `own`: the model's own metrics. Errors: config (unknown key, target or
/// metric, `slice` is not built yet).
Result<std::vector<GateCheck>> parse_gates(const ConfigNode& gates, std::span<const Target> targets,
                                           std::span<const stats::OwnMetric> own = {});

/// What holds where the config names no gate: `primary` ("target.metric") not worse than the champion's by over 5 %.
std::vector<GateCheck> default_gates(const std::string& primary, std::span<const stats::OwnMetric> own = {});

}  // namespace perennial::gates
