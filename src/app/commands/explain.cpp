// perennial explain: in words what a config means, how a rollout came out, who answered what. This file has the first.

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <vector>

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

/// What the loop will do with the model, a line each.
std::vector<std::string> sentences(const lifecycle::ModelConfig& model) {
  std::vector<std::string> says;
  says.push_back(fmt::format("predicts {}", [&] {
    std::string targets;
    for (const auto& target : model.targets) targets += (targets.empty() ? "" : ", ") + target.name;
    return targets;
  }()));
  says.push_back(fmt::format("judged by {}", model.primary.empty() ? "the default metric of its task" : model.primary));
  for (const auto& own : model.metrics)
    says.push_back(fmt::format("measures {}.{}: {} per row, {} is better", own.target, own.name, own.expression,
                               own.higher_is_better ? "higher" : "lower"));
  if (model.watch)
    says.push_back(fmt::format(
        "looks every {} for new rows of its data source: each new batch is kept for training{}",
        format_duration(*model.watch),
        std::ranges::any_of(model.triggers.when, [](const auto& policy) { return policy->takes_event("new_data"); })
            ? ", and asks for one"
            : ""));
  says.push_back(
      fmt::format("judges rows by their labels from an age of {} on, and not before {:.4g} % of the labels that come "
                  "at all are there",
                  format_duration(model.label_delay.duration), 100 * drift::LabelEvidenceSettings{}.mature));
  says.push_back(
      fmt::format("looks at its inputs and scores every {}, over the newest {} rows; alarms need {} rows on each side",
                  format_span(model.monitor.every), model.monitor.window.rows, model.monitor.min_rows));
  if (const auto& budget = model.monitor.budget; budget.stated())
    says.push_back(
        fmt::format("promises at most {:.4g} false drift alarms in {}: a look may err with probability {:.2g}; how "
                    "dependent the rows are and whether the week matters is learned from each champion's training rows",
                    budget.alarms, format_span(budget.per), model.monitor.report_level()));
  else
    says.push_back(fmt::format(
        "one look at independent rows that have not changed raises a drift alarm with probability {:.2g} at "
        "most; monitor.alarm_budget promises a number of alarms instead",
        model.monitor.report_level()));
  if (model.estimate.on)
    says.push_back(
        fmt::format("where fewer than {:.4g} % of these rows have their labels, estimates the score and tells a "
                    "fall of {:.4g} %",
                    100 * model.estimate.labelled, 100 * model.estimate.drop));
  if (const auto shift = lifecycle::importance_told(model))
    says.push_back(
        fmt::format("asks the champion how much its answers hang on each column, and tells a shift of importance of "
                    "{:.4g} that chance does not explain",
                    *shift));
  const bool by_time = !model.entity || model.train.split == training::SplitKind::time;
  says.push_back(
      fmt::format("trains with {} on {}; holds out {:.4g} % ({}), takes at most {}", model.train.algorithm,
                  training_rows(model), 100 * model.train.holdout,
                  by_time ? "the newest rows" : "entities of their own where there are enough, else the newest rows",
                  format_duration(model.train.limit)));
  for (const auto& words : triggers::describe(model.triggers)) says.push_back("retrains: " + words);
  if (!model.gates_node) says.push_back("gate: not worse than the champion by over 5 % (default)");
  else
    for (const auto& gate : model.gates_node->items()) says.push_back("gate: " + to_text(gate.json()));
  for (const auto& words : rollout::describe(model.rollout)) says.push_back("rollout: " + words);
  for (const auto& channel : model.alerts) says.push_back("tells: " + channel.channel);
  return says;
}

Result<int> explain_config(const std::string& file, const std::string& format) {
  ASSIGN_OR_RETURN(const auto fleet, lifecycle::load_fleet(file));
  Json models = Json::array();
  for (const auto& model : fleet.models) {
    const auto says = sentences(model);
    const auto numbers = lifecycle::origins(model.own, model.preset);
    if (format == "json") {
      Json origins = Json::array();
      for (const auto& number : numbers)
        if (!number.value.is_null())
          origins.push_back({{"key", number.key}, {"value", number.value}, {"origin", number.origin}});
      models.push_back({{"model", model.name}, {"preset", model.preset}, {"says", says}, {"numbers", origins}});
      continue;
    }
    print(fmt::format("{}: {}", model.name, says.front()));
    for (const auto& line : std::span(says).subspan(1)) print("  " + line);
    print(model.preset.empty() ? std::string("  numbers (no preset is named):")
                               : fmt::format("  numbers (preset {}):", model.preset));
    for (const auto& number : numbers) {
      if (number.value.is_null()) continue;
      const std::string value = number.value.is_string() ? number.value.get<std::string>() : to_text(number.value);
      print(fmt::format("    {:<36} {:<24} {}", number.key, value, number.origin));
    }
  }
  if (format == "json") print(Json{{"models", models}}.dump(2));
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
  auto format = std::make_shared<std::string>("table");
  add_format(*config, *format);
  config->footer("example: perennial explain config perennial.yaml");
  config->callback([file, format, &exit_code] { exit_code = finish([&] { return explain_config(*file, *format); }); });
  add_explain_rollout(*command, exit_code);
  add_explain_prediction(*command, exit_code);
}

}  // namespace perennial::app
