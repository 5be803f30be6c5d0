// perennial replay: what would have happened on this history.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/interrupt.hpp"
#include "app/replay/replay.hpp"
#include "app/report/replay_html.hpp"
#include "app/scratch.hpp"

namespace perennial::app {
namespace {

struct ReplayFlags {
  std::string config;
  std::vector<std::string> data;
  std::string label_delay;
  std::string report;
  std::string html;
  std::string data_dir;
  std::string model;
  std::string format = "table";
  std::uint64_t seed = 42;
};

std::string number(const Json& value) {
  return value.is_number() ? fmt::format("{:.5g}", value.get<double>()) : "not defined";
}

void print_summary(const Json& report) {
  const auto& never = report.at("baselines").at("never_retrain");
  print(table({{"", report.at("metric").get<std::string>()},
               {"this loop", number(report.at("score"))},
               {"never retrain", number(never)},
               {"repeat the last label", number(report.at("baselines").at("no_change"))}}));
  print(fmt::format("\n{} rows scored ({} trained the first version); {} retrains, {} promotions, {} rollbacks",
                    report.at("scored_rows").get<std::uint64_t>(), report.at("warmup_rows").get<std::uint64_t>(),
                    report.at("retrains").get<std::uint64_t>(), report.at("promotions").get<std::uint64_t>(),
                    report.at("rollbacks").get<std::uint64_t>()));
}

Result<int> run_replay(const ReplayFlags& flags) {
  ReplayOptions options;
  ASSIGN_OR_RETURN(options.config, lifecycle::load_fleet(flags.config));
  options.model = flags.model;
  options.data = flags.data;
  options.seed = flags.seed;
  options.data_dir = flags.data_dir;
  if (!flags.label_delay.empty()) {
    auto delay = parse_span(flags.label_delay);
    if (!delay) return fail(ErrorCode::usage, delay.error().what, "--label-delay", delay.error().hint);
    options.label_delay = *delay;
  }
  ASSIGN_OR_RETURN(options.trainer, trainer_path());
  options.cancelled = interrupted;
  ASSIGN_OR_RETURN(const auto result, replay(options));
  for (const auto& note : result.notes) say("note: " + note);
  if (!flags.report.empty()) TRY(write_file(flags.report, result.report.dump(2) + "\n"));
  if (!flags.html.empty()) {
    ReplayPage page;
    page.report = result.report;
    for (const auto& point : result.points)
      page.points.push_back({point.row, point.score, point.never_retrain, point.version});
    page.events = result.events;
    page.notes = result.notes;
    TRY(write_file(flags.html, replay_html(page)));
  }
  if (flags.format == "json") {
    if (flags.report != "-") print(result.report.dump(2));
  } else if (flags.report != "-") {
    print_summary(result.report);
  }
  return 0;
}

}  // namespace

void add_replay(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "replay",
      "run the production loop over a time-ordered file: every row is predicted first, its label comes later");
  auto flags = std::make_shared<ReplayFlags>();
  command->add_option("config", flags->config, "the config")->required();
  command->add_option("--data", flags->data, "files, one after the other; default: data.source of the config");
  command->add_option("--label-delay", flags->label_delay,
                      "a duration or a number of rows such as 100rows; default 1rows");
  command->add_option("--seed", flags->seed, "of everything random")->default_str("42");
  command->add_option("--report", flags->report, "write the JSON report here; - for stdout");
  command->add_option("--html", flags->html, "write a page with charts here");
  command->add_option("--data-dir", flags->data_dir, "keep the state here: a replay that was killed continues from it");
  command->add_option("--model", flags->model, "where the config has several");
  add_format(*command, flags->format);
  command->footer("example: perennial replay perennial.yaml --data elec2.csv.gz --report out.json --html out.html");
  command->callback([flags, &exit_code] { exit_code = finish([&] { return run_replay(*flags); }); });
}

}  // namespace perennial::app
