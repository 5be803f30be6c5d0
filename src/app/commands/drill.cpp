// perennial drill: injects bad versions and tells how they were caught.

#include "app/drill/drill.hpp"

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/scratch.hpp"

namespace perennial::app {
namespace {

struct DrillFlags {
  std::string config;
  std::vector<std::string> data;
  std::string model;
  std::string format = "table";
  std::uint64_t seed = 42;
};

void print_drill(const Json& result) {
  std::vector<std::vector<std::string>> rows = {
      {"fault", "caught by", "rows", "answered by it", "after", "switch", "failed requests", "version is"}};
  for (const auto& fault : result.at("faults"))
    rows.push_back(
        {cell(fault.at("fault")), fault.at("caught") == true ? cell(fault.at("by")) : "NOBODY", cell(fault.at("rows")),
         cell(fault.at("answered_by_it")), cell(fault.at("after")),
         fault.at("switch_ms").is_null() ? "-" : fmt::format("{:.1f} ms", fault.at("switch_ms").get<double>()),
         cell(fault.at("failed_requests")), cell(fault.at("status"))});
  print(table(rows));
  for (const auto& fault : result.at("faults"))
    print(fmt::format("\n{}: {}", fault.at("fault").get<std::string>(), fault.at("reason").get<std::string>()));
}

}  // namespace

void add_drill(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "drill", "inject bad training data and bad versions, on a copy, and measure how they are caught and taken back");
  auto flags = std::make_shared<DrillFlags>();
  command->add_option("config", flags->config, "the config")->required();
  command->add_option("--data", flags->data, "files; default: data.source of the config");
  command->add_option("--model", flags->model, "where the config has several");
  command->add_option("--seed", flags->seed, "of ids and splits")->default_str("42");
  add_format(*command, flags->format);
  command->footer(
      "example: perennial drill perennial.yaml --data history.csv   (exits with 1 where one was not caught)");
  command->callback([flags, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      DrillOptions options;
      ASSIGN_OR_RETURN(options.config, lifecycle::load_fleet(flags->config));
      options.model = flags->model;
      options.data = flags->data;
      options.seed = flags->seed;
      ASSIGN_OR_RETURN(options.trainer, trainer_path());
      ASSIGN_OR_RETURN(const Json result, drill(options));
      if (flags->format == "json") print(result.dump(2));
      else print_drill(result);
      return result.at("ok") == true ? 0 : 1;
    });
  });
}

}  // namespace perennial::app
