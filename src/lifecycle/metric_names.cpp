#include "lifecycle/metric_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "core/catalog.hpp"
#include "core/limits.hpp"
#include "drift/answer_columns.hpp"
#include "drift/detector.hpp"
#include "stats/metrics.hpp"
#include "stats/metrics/expression.hpp"

namespace perennial::lifecycle {
namespace {

/// Of a target whose task only the data can tell, the expression must be one for some task.
Status check_expression(const ConfigNode& node, const std::string& text, std::optional<Task> task) {
  std::vector<Task> tasks{Task::binary, Task::multiclass};
  if (task) tasks = {*task};
  Error error;
  for (const Task each : tasks) {
    const auto parsed = stats::ExpressionMetric::parse(text, each);
    if (parsed) return {};
    error = parsed.error();
  }
  return node.error(error.what, error.hint.empty() ? "such as tp*120 - fp*8 - fn*60" : error.hint);
}

/// What the monitor does not measure, a policy would wait for in vain.
Status check_drift_test(const triggers::ColumnTest& use, const drift::DriftSettings& monitor,
                        const std::string& where) {
  const auto& [column, test] = use;
  if (column.starts_with(drift::prediction_prefix) || column.starts_with(drift::target_prefix))
    return fail(ErrorCode::config,
                fmt::format("'{}' is no input: drift of answers and labels triggers nothing", column), where,
                "name input columns");
  if (!monitor.includes(column))
    return fail(ErrorCode::config, fmt::format("'{}' is not among monitor.columns, so this would never fire", column),
                where, fmt::format("monitor: {{columns: [{}, {}]}}", fmt::join(monitor.columns, ", "), column));
  const auto detector = drift::detectors().find(test);
  if (!detector) {
    Error error = detector.error();
    error.code = ErrorCode::config;
    error.where = where;
    return std::unexpected(std::move(error));
  }
  if ((*detector)->test == nullptr || test == "none")
    return fail(ErrorCode::config, fmt::format("'{}' is no test of a single column", test), where,
                "perennial list detectors says which are");
  std::string run;
  for (const auto& choice : monitor.tests) {
    if (choice.name == test) return {};
    run += choice.name + ", ";
  }
  return fail(ErrorCode::config, fmt::format("'{}' is not among monitor.tests, so this would never fire", test), where,
              fmt::format("monitor: {{tests: [{}{}]}}", run, test));
}

Status check_name(const ConfigNode& node, const std::string& name) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  if (name.empty() || name.size() > limits::name_bytes || !std::ranges::all_of(name, fits))
    return node.error(fmt::format("'{}' cannot be a metric's name", name.substr(0, 60)),
                      "use small letters, digits and '_'");
  if (stats::metrics().find(name))
    return node.error(fmt::format("'{}' is a built-in metric", name), "give yours another name");
  return {};
}

}  // namespace

Result<std::vector<stats::OwnMetric>> parse_metrics(const ConfigNode& node, std::span<const std::string> target_names,
                                                    std::span<const std::optional<Task>> tasks) {
  std::vector<stats::OwnMetric> metrics;
  if (!node.defined()) return metrics;
  if (!node.is_map())
    return node.error("a map of name to metric is expected here", "such as {profit: {expression: \"tp*120 - fp*8\"}}");
  if (node.keys().size() > own_metrics)
    return node.error(fmt::format("a model has at most {} metrics of its own", own_metrics));
  for (const auto& name : node.keys()) {
    const ConfigNode item = node[name];
    TRY(check_name(item, name));
    TRY(item.check_keys({"target", "expression", "better"}));
    stats::OwnMetric metric;
    metric.name = name;
    if (item["target"].defined()) {
      ASSIGN_OR_RETURN(metric.target, item["target"].text());
    } else if (target_names.size() == 1) {
      metric.target = target_names[0];
    } else {
      return item.error("a model with several targets must say which one this metric is of", "add target: NAME");
    }
    const auto target = std::ranges::find(target_names, metric.target);
    if (target == target_names.end())
      return unknown_name("target", metric.target, target_names, item["target"].place());
    ASSIGN_OR_RETURN(metric.expression, item["expression"].text());
    TRY(check_expression(item["expression"], metric.expression,
                         tasks[static_cast<std::size_t>(target - target_names.begin())]));
    if (const auto better = item["better"]; better.defined()) {
      ASSIGN_OR_RETURN(const std::string way, better.text());
      if (way != "higher" && way != "lower")
        return unknown_name("direction", way, std::vector<std::string>{"higher", "lower"}, better.place());
      metric.higher_is_better = way == "higher";
    }
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

Result<MetricName> split_metric(std::string_view name, const std::vector<Target>& targets,
                                std::span<const stats::OwnMetric> own) {
  const auto found = [&](std::size_t target, std::string_view metric) {
    for (const auto& mine : own)
      if (mine.target == targets[target].name && mine.name == metric) return MetricName{target, mine.formula()};
    return MetricName{target, std::string(metric)};
  };
  // Metric names have no dots, target names may.
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos && targets.size() == 1) return found(0, name);
  std::vector<std::string> known;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (dot != std::string_view::npos && targets[t].name == name.substr(0, dot)) return found(t, name.substr(dot + 1));
    known.push_back(targets[t].name + ".<metric>");
  }
  return unknown_name("metric", name, known);
}

std::vector<std::string> monitored_metrics(const std::vector<Target>& targets, std::span<const stats::OwnMetric> own) {
  std::vector<std::string> names;
  for (const auto& target : targets) {
    for (const auto& metric : stats::metrics().members())
      if (std::ranges::find(metric.tasks, target.task) != metric.tasks.end())
        names.push_back(target.name + "." + metric.entry.name);
    for (const auto& metric : own)
      if (metric.target == target.name) names.push_back(target.name + "." + metric.name);
  }
  return names;
}

Status check_policies(const triggers::TriggerConfig& config, const std::vector<Target>& targets,
                      std::span<const stats::OwnMetric> own, const drift::DriftSettings& monitor) {
  const auto known = monitored_metrics(targets, own);
  for (const auto& policy : config.when)
    for (const auto& use : policy->drift_tests())
      TRY(check_drift_test(use, monitor, "retrain.when: " + policy->label()));
  for (const auto& policy : config.when)
    for (const auto& use : policy->metrics()) {
      if (std::ranges::find(known, use.metric) == known.end())
        return unknown_name("metric", use.metric, known, "retrain.when: " + policy->label());
      ASSIGN_OR_RETURN(const MetricName name, split_metric(use.metric, targets, own));
      const auto built_in = stats::metrics().find(name.metric);
      if (use.against_baseline && built_in && (*built_in)->is_sum)
        return fail(ErrorCode::config, fmt::format("{} is a sum over rows, so it has no baseline", use.metric),
                    "retrain.when: " + policy->label(), fmt::format("use {}_mean", use.metric));
    }
  return {};
}

}  // namespace perennial::lifecycle
