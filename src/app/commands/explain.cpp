// perennial explain: in words what a config means, how a rollout came out, who answered what. This file has the first.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "drift/label_evidence.hpp"
#include "lifecycle/fleet_config.hpp"
#include "lifecycle/presets.hpp"

namespace perennial::app {
namespace {

std::string training_rows(const lifecycle::ModelConfig& model) {
  const auto& triggers = model.triggers;
  if (triggers.candidates.empty())
    return (triggers.window ? triggers.window : triggers::default_window(model.strategy))->describe();
  std::string words = "the best of";
  for (const auto& window : triggers.candidates)
    words += (window == triggers.candidates.front() ? " (" : "), (") + window->describe();
  return words + ")";
}

Result<int> explain_config(const std::string& file) {
  ASSIGN_OR_RETURN(const auto fleet, lifecycle::load_fleet(file));
  for (const auto& model : fleet.models) {
    print(fmt::format("{}: predicts {}", model.name, [&] {
      std::string targets;
      for (const auto& target : model.targets) targets += (targets.empty() ? "" : ", ") + target.name;
      return targets;
    }()));
    print(fmt::format("  judged by {}", model.primary.empty() ? "the default metric of its task" : model.primary));
    for (const auto& own : model.metrics)
      print(fmt::format("  measures {}.{}: {} per row, {} is better", own.target, own.name, own.expression,
                        own.higher_is_better ? "higher" : "lower"));
    print(fmt::format(
        "  judges rows by their labels from an age of {} on, and not before {:.4g} % of the labels that come "
        "at all are there",
        format_duration(model.label_delay.duration), 100 * drift::LabelEvidenceSettings{}.mature));
    print(fmt::format(
        "  looks at its inputs and scores every {}, over the newest {} rows; alarms need {} rows on each side",
        format_span(model.monitor.every), model.monitor.window.rows, model.monitor.min_rows));
    if (const auto& budget = model.monitor.budget; budget.stated())
      print(fmt::format(
          "  promises at most {:.4g} false drift alarms in {}: a look may err with probability {:.2g}; how "
          "dependent the rows are and whether the week matters is learned from each champion's training rows",
          budget.alarms, format_span(budget.per), model.monitor.report_level()));
    else
      print(fmt::format(
          "  one look at independent rows that have not changed raises a drift alarm with probability {:.2g} at "
          "most; monitor.alarm_budget promises a number of alarms instead",
          model.monitor.report_level()));
    if (model.estimate.on)
      print(
          fmt::format("  where fewer than {:.4g} % of these rows have their labels, estimates the score and tells a "
                      "fall of {:.4g} %",
                      100 * model.estimate.labelled, 100 * model.estimate.drop));
    print(fmt::format("  trains with {} on {}; holds out the newest {:.4g} %, takes at most {}", model.train.algorithm,
                      training_rows(model), 100 * model.train.holdout, format_duration(model.train.limit)));
    for (const auto& words : triggers::describe(model.triggers)) print("  retrains: " + words);
    if (!model.gates_node) print("  gate: not worse than the champion by over 5 % (default)");
    else
      for (const auto& gate : model.gates_node->items()) print("  gate: " + to_text(gate.json()));
    for (const auto& words : rollout::describe(model.rollout)) print("  rollout: " + words);
    for (const auto& channel : model.alerts) print("  tells: " + channel.channel);
    print(model.preset.empty() ? std::string("  numbers (no preset is named):")
                               : fmt::format("  numbers (preset {}):", model.preset));
    for (const auto& number : lifecycle::origins(model.own, model.preset)) {
      if (number.value.is_null()) continue;
      const std::string value = number.value.is_string() ? number.value.get<std::string>() : to_text(number.value);
      print(fmt::format("    {:<36} {:<24} {}", number.key, value, number.origin));
    }
  }
  return 0;
}

}  // namespace

void add_explain(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("explain", "say in words what a config means, how a rollout came out, who answered what");
  auto* config = command->add_subcommand("config", "what the loop will do with this config");
  command->require_subcommand(1);
  auto file = std::make_shared<std::string>();
  config->add_option("file", *file, "the config")->required();
  config->footer("example: perennial explain config perennial.yaml");
  config->callback([file, &exit_code] { exit_code = finish([&] { return explain_config(*file); }); });
  add_explain_rollout(*command, exit_code);
  add_explain_prediction(*command, exit_code);
}

}  // namespace perennial::app
