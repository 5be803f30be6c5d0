#include "lifecycle/model_config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/catalog.hpp"
#include "core/limits.hpp"
#include "lifecycle/metric_names.hpp"
#include "lifecycle/presets.hpp"
#include "storage/files.hpp"

namespace perennial::lifecycle {
namespace {

const std::vector<std::string> known_keys = {
    "name",      "owner", "description", "tags",    "preset",  "strategy",    "mode",         "entity",
    "timestamp", "time",  "targets",     "primary", "outcome", "label_delay", "features",     "data",
    "monitor",   "train", "retrain",     "gates",   "rollout", "alerts",      "expectations", "metrics"};

/// A value of a fixed list of which some are not built yet.
Status check_choice(const ConfigNode& node, const std::vector<std::string>& built,
                    const std::vector<std::string>& later) {
  if (!node.defined()) return {};
  ASSIGN_OR_RETURN(const std::string value, node.text());
  if (std::find(built.begin(), built.end(), value) != built.end()) return {};
  if (std::find(later.begin(), later.end(), value) != later.end())
    return node.error(fmt::format("'{}' is not built yet", value), fmt::format("built: {}", fmt::join(built, ", ")));
  return unknown_name("value", value, built, node.place());
}

Result<std::string> optional_text(const ConfigNode& node) {
  if (!node.defined()) return std::string{};
  return node.text();
}

Result<std::string> parse_name(const ConfigNode& node) {
  ASSIGN_OR_RETURN(std::string name, node.text());
  const bool fits = !name.empty() && name.size() <= limits::name_bytes &&
                    std::all_of(name.begin(), name.end(),
                                [](char c) {
                                  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                                         c == '_' || c == '-' || c == '.';
                                }) &&
                    name.front() != '.';
  if (!fits)
    return node.error(fmt::format("'{}' cannot be a model's name", name.substr(0, 60)),
                      fmt::format("use letters, digits, '_', '-' and '.', at most {} of them", limits::name_bytes));
  return name;
}

constexpr std::size_t most_targets = 64;  // labels of more are not joined

Result<std::vector<TargetConfig>> parse_targets(const ConfigNode& node) {
  if (!node.is_map() || node.keys().empty())
    return node.error("a model needs at least one target", "targets: {price: regression} or {class: classification}");
  if (node.keys().size() > most_targets)
    return node.error(fmt::format("a model has at most {} targets", most_targets), "make several models of it");
  static const std::vector<std::string> tasks = {"regression", "classification", "binary", "multiclass"};
  std::vector<TargetConfig> targets;
  for (const auto& key : node.keys()) {
    ConfigNode value = node[key];
    if (value.is_map()) {
      TRY(value.check_keys({"task"}, {"derive"}));
      value = value["task"];
    }
    ASSIGN_OR_RETURN(const std::string task, value.text());
    if (std::find(tasks.begin(), tasks.end(), task) == tasks.end())
      return unknown_name("task", task, tasks, value.place());
    TargetConfig target{key, std::nullopt};
    if (task == "regression") target.task = Task::regression;
    if (task == "binary") target.task = Task::binary;
    if (task == "multiclass") target.task = Task::multiclass;
    targets.push_back(std::move(target));
  }
  return targets;
}

Result<std::vector<stats::OwnMetric>> parse_own_metrics(const ConfigNode& node,
                                                        const std::vector<TargetConfig>& targets) {
  std::vector<std::string> names;
  std::vector<std::optional<Task>> tasks;
  for (const auto& target : targets) {
    names.push_back(target.name);
    tasks.push_back(target.task);
  }
  return parse_metrics(node, names, tasks);
}

Result<std::optional<data::SourceSpec>> parse_source(const ConfigNode& node) {
  if (!node.defined()) return std::nullopt;
  TRY(node.check_keys({"source", "delimiter", "columns", "watch"}));
  const ConfigNode source = node["source"];
  if (source.is_map()) {
    TRY(source.check_keys({"sql", "directories"}));
    for (const char* key : {"delimiter", "columns"})
      if (node[key].defined())
        return node[key].error("says how files are read, and a query reads them itself",
                               "such as FROM read_csv('rows.csv', delim = ';')");
    ASSIGN_OR_RETURN(const std::string sql, source["sql"].text());
    std::vector<std::string> directories;
    if (source["directories"].defined()) {
      ASSIGN_OR_RETURN(directories, source["directories"].texts());
    }
    return data::SourceSpec::query(sql, directories);
  }
  data::SourceSpec spec;
  ASSIGN_OR_RETURN(spec.files, source.texts());
  ASSIGN_OR_RETURN(spec.delimiter, optional_text(node["delimiter"]));
  if (node["columns"].defined()) {
    ASSIGN_OR_RETURN(spec.column_names, node["columns"].texts());
  }
  return spec;
}

/// What is new is found by its time, and rolling windows would have to go back in it.
Result<std::optional<Duration>> parse_watch(const ConfigNode& node, const ModelConfig& config) {
  if (!node.defined()) return std::nullopt;
  ASSIGN_OR_RETURN(const Duration every, node.duration());
  if (every < least_watch) return node.error("too often", "1s or longer: a look lists the files");
  if (config.timestamp.empty()) return node.error("needs timestamp", "name the column that says which rows are new");
  const auto remembers = [](const auto& one) {
    return !std::holds_alternative<features::Normalise>(one) && !std::holds_alternative<features::Calendar>(one);
  };
  if (std::ranges::any_of(config.features.derive, remembers))
    return node.error("is not built yet for models whose features remember an entity's rows",
                      "without it new files are read when the server starts");
  return every;
}

constexpr std::size_t most_possibilities = 64;

/// The targets as the data might show them: a bare "classification" has two classes or more. None where there are more
/// possibilities than are worth going through.
std::vector<std::vector<Target>> possible_targets(const std::vector<TargetConfig>& configured) {
  std::vector<std::vector<Target>> all{{}};
  for (const auto& one : configured) {
    std::vector<std::vector<Target>> longer;
    for (const Task task : {Task::regression, Task::binary, Task::multiclass}) {
      if (one.task ? task != *one.task : !is_classification(task)) continue;
      Target target{one.name, task, {}};
      if (task == Task::binary) target.classes = {"0", "1"};
      if (task == Task::multiclass) target.classes = {"0", "1", "2"};
      for (const auto& before : all) longer.emplace_back(before).push_back(target);
    }
    all = std::move(longer);
    if (all.size() > most_possibilities) return {};
  }
  return all;
}

Status check_names(const ModelConfig& config, const std::vector<Target>& targets) {
  if (!config.primary.empty()) {
    ASSIGN_OR_RETURN(const MetricName primary, split_metric(config.primary, targets, config.metrics));
    if (const Status known = stats::check_metric(primary.metric, targets[primary.target]); !known)
      return fail(ErrorCode::config, known.error().what, "primary: " + config.primary, known.error().hint);
  }
  TRY(check_policies(config.triggers, targets, config.metrics, config.monitor));
  if (config.gates_node) TRY(gates::parse_gates(*config.gates_node, targets, config.metrics));
  return {};
}

/// What the config names must be there for some data: what is wrong for all of them need not wait for the first row.
Status check_names(const ModelConfig& config) {
  Status first;
  for (const auto& targets : possible_targets(config.targets)) {
    Status status = check_names(config, targets);
    if (status) return {};
    if (first) first = std::move(status);
  }
  return first;
}

Result<drift::quality::Expectations> parse_expectations(const ConfigNode& node) {
  if (!node.defined()) return drift::quality::Expectations{};
  ASSIGN_OR_RETURN(const std::string file, node.text());
  storage::RealFiles files;
  const auto text = files.read_all(file, limits::config_bytes);
  if (!text) return node.error(text.error().message(), "the path of a suite of expectations");
  return drift::quality::Expectations::parse(*text, file);
}

/// Without the numbers of a preset.
Result<ModelConfig> parse_plain(const ConfigNode& node) {
  TRY(node.check_keys(known_keys));
  ModelConfig config;
  if (const auto preset = node["preset"]; preset.defined()) {
    TRY(check_choice(preset, preset_names(), {}));
    ASSIGN_OR_RETURN(config.preset, preset.text());
  }
  ASSIGN_OR_RETURN(config.name, parse_name(node["name"]));
  ASSIGN_OR_RETURN(config.owner, optional_text(node["owner"]));
  ASSIGN_OR_RETURN(config.description, optional_text(node["description"]));
  if (node["tags"].defined()) {
    ASSIGN_OR_RETURN(config.tags, node["tags"].texts());
  }
  TRY(check_choice(node["strategy"], {"triggered", "scheduled"}, {"online", "incremental", "active_learning"}));
  if (node["strategy"].defined()) {
    ASSIGN_OR_RETURN(config.strategy, node["strategy"].text());
  }
  TRY(check_choice(node["outcome"], {"independent", "action_dependent"}, {}));
  if (node["outcome"].defined()) config.action_dependent = node["outcome"].text() == "action_dependent";
  if (node["entity"].defined()) {
    ASSIGN_OR_RETURN(config.entity, node["entity"].text());
  }
  if (node["timestamp"].defined()) {
    ASSIGN_OR_RETURN(config.timestamp, node["timestamp"].texts());
  }
  if (node["time"].defined()) {
    ASSIGN_OR_RETURN(const std::string text, node["time"].text());
    auto axis = data::parse_time_axis(text);
    if (!axis) return node["time"].error(axis.error().what, axis.error().hint);
    if (node["timestamp"].defined() && config.timestamp != axis->columns)
      return node["timestamp"].error(fmt::format("time reads other columns: {}", fmt::join(axis->columns, ", ")),
                                     fmt::format("timestamp: [{}], or leave it out", fmt::join(axis->columns, ", ")));
    config.time_axis = *axis;
    config.timestamp = axis->columns;
  }
  ASSIGN_OR_RETURN(config.targets, parse_targets(node["targets"]));
  ASSIGN_OR_RETURN(config.metrics, parse_own_metrics(node["metrics"], config.targets));
  ASSIGN_OR_RETURN(config.primary, optional_text(node["primary"]));
  if (node["label_delay"].defined()) {
    ASSIGN_OR_RETURN(config.label_delay, node["label_delay"].span());
  }
  ASSIGN_OR_RETURN(config.features, features::parse_features(node["features"]));
  ASSIGN_OR_RETURN(config.source, parse_source(node["data"]));
  ASSIGN_OR_RETURN(config.watch, parse_watch(node["data"]["watch"], config));
  ASSIGN_OR_RETURN(config.monitor, drift::DriftSettings::parse(node["monitor"]));
  if (node["monitor"].defined()) {
    ASSIGN_OR_RETURN(config.estimate, drift::EstimateChoice::parse(node["monitor"]["estimate"]));
    if (const auto answers = node["monitor"]["answers"]; answers.defined()) {
      ASSIGN_OR_RETURN(config.watch_answers, answers.boolean());
    }
    if (const auto importance = node["monitor"]["importance"]; importance.defined()) {
      ASSIGN_OR_RETURN(config.importance, importance.share());
      if (*config.importance <= 0) return importance.error("every look would tell of a shift of 0", "such as 0.2");
    }
  }
  ASSIGN_OR_RETURN(config.expectations, parse_expectations(node["expectations"]));
  ASSIGN_OR_RETURN(config.train, training::parse_train_config(node["train"]));
  ASSIGN_OR_RETURN(config.triggers, triggers::parse_triggers(node["retrain"]));
  ASSIGN_OR_RETURN(config.triggers.mode, triggers::parse_mode(node["mode"]));
  if (node["gates"].defined()) config.gates_node = node["gates"];
  ASSIGN_OR_RETURN(config.rollout, rollout::parse_plan(node["rollout"], config.action_dependent));
  config.rollout.needs_approval = config.triggers.mode != triggers::Mode::autonomous;
  ASSIGN_OR_RETURN(config.alerts, alerts::parse(node["alerts"]));
  config.own = config.text = node.json();
  TRY(check_names(config));
  return config;
}

}  // namespace

Result<ModelConfig> parse_model(const ConfigNode& node) {
  ASSIGN_OR_RETURN(ModelConfig config, parse_plain(node));
  if (!node["preset"].defined()) return config;
  // Read twice: mistakes of the file are named at their place above, and here nothing but the preset is new.
  ASSIGN_OR_RETURN(const std::string preset, node["preset"].text());
  ASSIGN_OR_RETURN(const ConfigNode complete,
                   ConfigNode::parse(with_preset(node.json(), preset).dump(),
                                     fmt::format("{}: with preset {}", node.place(), preset)));
  ASSIGN_OR_RETURN(ModelConfig with_numbers, parse_plain(complete));
  with_numbers.own = config.own;
  with_numbers.gates_node = config.gates_node;
  return with_numbers;
}

Result<std::vector<gates::GateCheck>> gates_of(const ModelConfig& config, const std::vector<Target>& targets) {
  if (!config.gates_node) return gates::default_gates(config.primary, config.metrics);
  return gates::parse_gates(*config.gates_node, targets, config.metrics);
}

std::optional<double> importance_told(const ModelConfig& config) {
  std::optional<double> told = config.importance;
  if (told) return told;
  for (const auto& policy : config.triggers.when)
    if (const auto shift = policy->importance_shift(); shift && (!told || *shift < *told)) told = shift;
  return told;
}

std::string default_metric(Task task, double minority_share) {
  if (task == Task::regression) return "rmse";
  return task == Task::binary && minority_share < 0.2 ? "auc" : "accuracy";
}

}  // namespace perennial::lifecycle
