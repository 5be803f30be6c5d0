// perennial backtest: what other retraining policies would have cost on this history.

#include <fmt/format.h>

#include <cmath>

#include "app/backtest/backtest.hpp"
#include "app/backtest/report.hpp"
#include "app/backtest/tune.hpp"
#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/interrupt.hpp"
#include "app/report/backtest_html.hpp"
#include "app/scratch.hpp"

namespace perennial::app {
namespace {

struct BacktestFlags {
  std::string config;
  std::vector<std::string> data;
  std::string policies;
  std::vector<double> prices = {50};
  bool tune = false;
  std::string output;
  std::string label_delay;
  std::string report;
  std::string html;
  std::string data_dir;
  std::string model;
  std::string format = "table";
  std::uint64_t seed = 42;
};

void print_tables(const std::vector<Backtest>& results) {
  for (const auto& result : results) {
    if (results.size() > 1) print(fmt::format("one retrain costs {:g}", result.retrain_price));
    print(table(backtest_table(result)));
    print(fmt::format(
        "floor {:.0f}: the loss of a retrain every {} rows for nothing; {} rows scored; one retrain costs "
        "{:g} {}{}",
        result.floor, grid_rows, result.scored_rows, result.retrain_price,
        result.regression ? "times the mean squared error of never" : "errors", results.size() > 1 ? "\n" : ""));
  }
}

Status tune(const BacktestFlags& flags, const Backtest& result, bool quiet_stdout) {
  ASSIGN_OR_RETURN(const Proposal proposal, propose(result));
  if (!flags.output.empty()) TRY(write_file(flags.output, proposal.yaml));
  if (quiet_stdout) return {};
  print("\nproposed: " + proposal.policy + " (strategy: " + proposal.strategy + ")");
  for (const auto& sentence : proposal.why) print("  " + sentence);
  const auto needs = [](std::string_view what, const std::vector<std::string>& lines) {
    for (const auto& line : lines) print(fmt::format("  {}: {}", what, line));
  };
  needs("freshness", proposal.freshness);
  needs("compute", proposal.compute);
  needs("labels", proposal.labels);
  if (flags.output.empty()) print("\n" + proposal.yaml);
  else if (flags.output != "-") print("  written to " + flags.output);
  return {};
}

Result<int> run_backtest(const BacktestFlags& flags) {
  for (const double price : flags.prices)
    if (!std::isfinite(price) || price < 0)
      return fail(ErrorCode::usage, "the price of a retrain is a number from 0 on", "--retrain-cost");
  if (flags.prices.size() > 1 && (!flags.html.empty() || flags.tune))
    return fail(ErrorCode::usage, "--html and --tune are about one price", "--retrain-cost", "give one number");
  if (!flags.output.empty() && !flags.tune)
    return fail(ErrorCode::usage, "-o is the file of --tune", "-o", "add --tune, or use --report");
  BacktestOptions options;
  ASSIGN_OR_RETURN(options.replay.config, lifecycle::load_fleet(flags.config));
  options.replay.model = flags.model;
  options.replay.data = flags.data;
  options.replay.seed = flags.seed;
  if (!flags.label_delay.empty()) {
    auto delay = parse_span(flags.label_delay);
    if (!delay) return fail(ErrorCode::usage, delay.error().what, "--label-delay", delay.error().hint);
    options.replay.label_delay = *delay;
  }
  ASSIGN_OR_RETURN(options.replay.trainer, trainer_path());
  options.replay.cancelled = interrupted;
  options.policies = flags.policies;
  options.prices = flags.prices;
  options.data_dir = flags.data_dir;
  ASSIGN_OR_RETURN(const auto results, backtest(options));
  for (const auto& note : results.front().notes) say("note: " + note);
  for (const auto& change : results.front().changed) say("in every run: " + change);
  Json report = backtest_report(results.front());
  if (results.size() > 1) {
    report = Json::array();
    for (const auto& result : results) report.push_back(backtest_report(result));
  }
  if (!flags.report.empty()) TRY(write_file(flags.report, report.dump(2) + "\n"));
  if (!flags.html.empty()) TRY(write_file(flags.html, backtest_html(results.front())));
  const bool as_json = flags.format == "json";
  if (as_json && flags.report != "-") print(report.dump(2));
  if (!as_json && flags.report != "-") print_tables(results);
  if (flags.tune) TRY(tune(flags, results.front(), as_json || flags.report == "-"));
  return 0;
}

}  // namespace

void add_backtest(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "backtest",
      "the same history under several retraining policies: score, retrains, cost, and a bound in hindsight");
  auto flags = std::make_shared<BacktestFlags>();
  command->add_option("config", flags->config, "the config")->required();
  command->add_option("--data", flags->data, "files, one after the other; default: data.source of the config");
  command->add_option("--policies", flags->policies,
                      "comma-separated: never, scheduled:SPAN, volume:SPAN, drift, decay, config (the model's own "
                      "retrain.when), oracle (the bound), and every policy of `perennial list policies` that weighs a "
                      "price; default: all that need no span, and schedules of 300, 1000 and 3000 rows");
  command
      ->add_option("--retrain-cost", flags->prices,
                   "price of one retrain in errors; of a regression in mean squared errors of never. Several numbers "
                   "(20,50,200) share all runs that do not depend on the price, and the report is a list")
      ->delimiter(',')
      ->default_str("50");
  command->add_flag(
      "--tune", flags->tune,
      "propose the policy with the least total cost: why, which strategy fits, what freshness, compute and "
      "labels it needs, and the change of the config that takes it");
  command->add_option("-o", flags->output, "write the proposed change (YAML with comments) here; - for stdout");
  command->add_option("--label-delay", flags->label_delay,
                      "a duration or a number of rows such as 100rows; default 1rows");
  command->add_option("--seed", flags->seed, "of everything random")->default_str("42");
  command->add_option("--report", flags->report, "write the JSON report here; - for stdout");
  command->add_option("--html", flags->html, "write a page with charts here");
  command->add_option(
      "--data-dir", flags->data_dir,
      "keep the trained models here: a backtest that was stopped, or one of other policies, goes faster");
  command->add_option("--model", flags->model, "where the config has several");
  add_format(*command, flags->format);
  command->footer(
      "Every policy runs the whole loop, gates and rollout included, with the same training window; only cooldown and\n"
      "min_priority are lifted, so that nothing but the policy decides. total_cost = loss + price * retrains.\n"
      "example: perennial backtest perennial.yaml --data elec2.csv.gz --policies never,scheduled:1000rows,decay,oracle "
      "--tune");
  command->callback([flags, &exit_code] { exit_code = finish([&] { return run_backtest(*flags); }); });
}

}  // namespace perennial::app
