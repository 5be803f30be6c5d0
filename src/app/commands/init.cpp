// perennial init: a commented config for a file that nobody has seen before.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/init/config_writer.hpp"
#include "lifecycle/fleet_config.hpp"

namespace perennial::app {
namespace {

struct InitFlags {
  InitRequest request;
  std::string output = "perennial.yaml";
  std::string entity;
  std::string delimiter;
};

Result<int> init(const InitFlags& flags) {
  InitRequest request = flags.request;
  if (!flags.entity.empty()) request.entity = flags.entity;
  ASSIGN_OR_RETURN(const auto schema, data::infer_schema(data::SourceSpec::file(request.data)));
  ASSIGN_OR_RETURN(const auto result, write_config(request, schema));
  // What init writes must be what replay and serve can read.
  ASSIGN_OR_RETURN(const auto fleet, lifecycle::parse_fleet(result.yaml, flags.output));
  TRY(write_file(flags.output, result.yaml));
  for (const auto& note : result.notes) say("note: " + note);
  if (flags.output != "-")
    print(fmt::format("{}: model '{}', {} rows, target {}, metric {}\nnext: perennial replay {} --data {}",
                      flags.output, fleet.models[0].name, schema.rows, request.target, fleet.models[0].primary,
                      flags.output, request.data));
  return 0;
}

}  // namespace

void add_init(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("init", "write a commented config for a CSV, Parquet or JSON file (.gz too)");
  auto flags = std::make_shared<InitFlags>();
  command->add_option("--data", flags->request.data, "the file")->required();
  command->add_option("--target", flags->request.target, "the column to predict")->required();
  command
      ->add_option("--timestamp", flags->request.timestamp,
                   "columns that form the time: one, a date and an hour, or year month day hour")
      ->delimiter(',');
  command->add_option("--entity", flags->entity, "the column that names the customer, engine, …");
  command->add_option("--exclude", flags->request.exclude, "columns that are not known when a prediction is asked for")
      ->delimiter(',');
  command->add_option("--model", flags->request.model, "its name; default: the file's");
  command->add_option("-o,--output", flags->output, "the config to write; - for stdout")->default_str("perennial.yaml");
  command->footer(
      "example: perennial init --data bike.csv.gz --target cnt --timestamp dteday hr --exclude casual,registered");
  command->callback([flags, &exit_code] { exit_code = finish([&] { return init(*flags); }); });
}

}  // namespace perennial::app
