#pragma once
// "target.metric" as config, policies and reports write it, and what stats/ makes of it.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/config_node.hpp"
#include "core/signature.hpp"
#include "drift/settings.hpp"
#include "stats/metrics/own_metric.hpp"
#include "triggers/config.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t own_metrics = 32;  ///< of one model

/// The `metrics:` node of a model: {profit: {target: churned, expression: "tp*120 - fp*8", better: higher}}; `target`
/// may be left out where there is one, `better` is higher where it is not there. `tasks[t]` is that of target_names[t],
/// unset where only the data can tell. Errors: config (unknown key or target, the name of a built-in metric, an
/// expression that no task of its target takes, more than own_metrics).
Result<std::vector<stats::OwnMetric>> parse_metrics(const ConfigNode& node, std::span<const std::string> target_names,
                                                    std::span<const std::optional<Task>> tasks);

/// A target's position, and what stats/ is asked for: a catalog's name or the formula of an own metric.
struct MetricName {
  std::size_t target = 0;
  std::string metric;
};
/// Splits "health.accuracy". A lone metric name means the only target. Error: config, with the known targets.
Result<MetricName> split_metric(std::string_view name, const std::vector<Target>& targets,
                                std::span<const stats::OwnMetric> own = {});

/// "target.metric" of every metric that is measured: all of the catalog that the targets' tasks have, then the own
/// ones.
std::vector<std::string> monitored_metrics(const std::vector<Target>& targets,
                                           std::span<const stats::OwnMetric> own = {});

/// Can everything that a policy waits for be measured? Errors: config, with the known metrics or drift tests; a sum
/// over rows has no baseline; a drift test that `monitor` does not run on single columns.
Status check_policies(const triggers::TriggerConfig& config, const std::vector<Target>& targets,
                      std::span<const stats::OwnMetric> own, const drift::DriftSettings& monitor);

}  // namespace perennial::lifecycle
