// perennial train: one version from a file, trained, gated and registered.

#include <fmt/format.h>

#include <chrono>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/scratch.hpp"
#include "app/train/train.hpp"

namespace perennial::app {
namespace {

struct TrainFlags {
  std::string config;
  std::vector<std::string> data;
  std::vector<std::string> test;
  std::string model;
  std::string data_dir;
  std::string format = "table";
};

void print_result(const Json& result) {
  print(fmt::format("{} {}: {}", result.at("status").get<std::string>(), cell(result.at("version")),
                    cell(result.at("reason"))));
  std::vector<std::vector<std::string>> rows = {{"metric", "value"}};
  for (const auto& [name, value] : result.at("metrics").items()) rows.push_back({name, cell(value)});
  print(table(rows));
  std::vector<std::vector<std::string>> gates = {{"gate", "verdict", "new", "champion"}};
  for (const auto& gate : result.at("gates"))
    gates.push_back({cell(gate.at("gate")), cell(gate.at("verdict")), cell(gate.at("new")), cell(gate.at("champion"))});
  if (gates.size() > 1) print("\n" + table(gates));
}

}  // namespace

void add_train(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("train", "train, evaluate, gate and register one version; print its metrics");
  auto flags = std::make_shared<TrainFlags>();
  command->add_option("config", flags->config, "the config")->required();
  command->add_option("--data", flags->data, "files; default: data.source of the config");
  command->add_option("--test", flags->test, "files that only evaluate it: metrics named test.<target>.<metric>");
  command->add_option("--model", flags->model, "where the config has several");
  command->add_option("--data-dir", flags->data_dir, "default: the config's");
  add_format(*command, flags->format);
  command->footer("example: perennial train perennial.yaml --data history.parquet --format json");
  command->callback([flags, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      TrainOptions options;
      ASSIGN_OR_RETURN(options.config, lifecycle::load_fleet(flags->config));
      if (!flags->data_dir.empty()) options.config.data_dir = flags->data_dir;
      options.model = flags->model;
      options.data = flags->data;
      options.test = flags->test;
      ASSIGN_OR_RETURN(options.trainer, trainer_path());
      ASSIGN_OR_RETURN(const Json result, train(options));
      if (flags->format == "json") print(result.dump(2));
      else print_result(result);
      return result.at("status") == "completed" ? 0 : 1;
    });
  });
}

}  // namespace perennial::app
