#pragma once
// One entry of `models:`. Each module reads its own node; here they only come together.

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "alerts/config.hpp"
#include "core/config_node.hpp"
#include "core/signature.hpp"
#include "data/source.hpp"
#include "data/time_axis.hpp"
#include "drift/estimators/choice.hpp"
#include "drift/quality/expectations.hpp"
#include "drift/settings.hpp"
#include "features/config.hpp"
#include "gates/config.hpp"
#include "rollout/plan.hpp"
#include "stats/metrics/own_metric.hpp"
#include "training/config.hpp"
#include "triggers/config.hpp"

namespace perennial::lifecycle {

inline constexpr Duration least_watch = std::chrono::seconds(1);
inline constexpr Duration default_label_delay = std::chrono::microseconds(0);  ///< labels count as they come

/// A target as the config names it. Classes are found in the data and then kept in the journal.
struct TargetConfig {
  std::string name;
  std::optional<Task> task;  ///< unset: "classification", binary or multi-class as the data has it
};

struct ModelConfig {
  std::string name;
  std::string owner;
  std::string description;
  std::vector<std::string> tags;
  std::string strategy = "triggered";
  std::optional<std::string> entity;
  std::vector<std::string> timestamp;       ///< columns; empty = one row is one step of the row clock
  std::optional<data::TimeAxis> time_axis;  ///< `time:` spelled out by init; else inferred from the file
  std::vector<TargetConfig> targets;
  std::vector<stats::OwnMetric> metrics;  ///< of the model's own, beside the built-in ones
  std::string primary;                    ///< "target.metric"
  bool action_dependent = false;
  Span label_delay;
  features::FeaturesConfig features;
  std::optional<data::SourceSpec> source;
  std::optional<Duration> watch;  ///< `data.watch`: between two looks for new rows of `source`; unset = never
  drift::DriftSettings monitor;
  drift::EstimateChoice estimate;             ///< `monitor.estimate`
  bool watch_answers = true;                  ///< `monitor.answers`
  std::optional<double> importance;           ///< `monitor.importance`
  drift::quality::Expectations expectations;  ///< of the file that `expectations:` names
  training::TrainConfig train;
  triggers::TriggerConfig triggers;
  std::optional<ConfigNode> gates_node;  ///< read once the targets' tasks are known
  rollout::Plan rollout;
  std::vector<alerts::ChannelConfig> alerts;
  std::string preset;  ///< empty: none is named, the built-in defaults hold
  Json own;            ///< the node as it stands in the file
  Json text;           ///< the node with the numbers of its preset, for hashes
};

/// Error: config, with place; a key of the contract that is not built yet says so.
Result<ModelConfig> parse_model(const ConfigNode& node);

/// The gates of a model whose targets are known; where the config names none, gates::default_gates(primary).
Result<std::vector<gates::GateCheck>> gates_of(const ModelConfig& config, const std::vector<Target>& targets);

/// The shift of importance that is told: `monitor.importance`, else the least that a policy waits for. Nothing where
/// nobody asks: then importance is not measured.
std::optional<double> importance_told(const ModelConfig& config);

/// The metric that judges a task where the config names none: accuracy or AUC, RMSE.
std::string default_metric(Task task, double minority_share);

}  // namespace perennial::lifecycle
