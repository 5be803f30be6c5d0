// perennial train: one version from a file, trained, gated and registered; perennial register: the same for a graph
// that was made elsewhere.

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

Result<TrainOptions> options_of(const TrainFlags& flags) {
  TrainOptions options;
  ASSIGN_OR_RETURN(options.config, lifecycle::load_fleet(flags.config));
  if (!flags.data_dir.empty()) options.config.data_dir = flags.data_dir;
  options.model = flags.model;
  options.data = flags.data;
  options.test = flags.test;
  ASSIGN_OR_RETURN(options.trainer, trainer_path());
  return options;
}

Result<int> run_and_print(const TrainOptions& options, const std::string& format) {
  ASSIGN_OR_RETURN(const Json result, train(options));
  if (format == "json") print(result.dump(2));
  else print_result(result);
  return result.at("status") == "completed" ? 0 : 1;
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
      ASSIGN_OR_RETURN(const TrainOptions options, options_of(*flags));
      return run_and_print(options, flags->format);
    });
  });
}

void add_register(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "register", "judge an ONNX graph that was made elsewhere by the model's gates, and register it as a version");
  auto flags = std::make_shared<TrainFlags>();
  auto graph = std::make_shared<std::string>();
  auto reason = std::make_shared<std::string>();
  command->add_option("config", flags->config, "the config")->required();
  command->add_option("--onnx", *graph, "the graph; its inputs and outputs must fit the model")->required();
  command->add_option("--data", flags->data, "labelled rows that judge it; default: data.source of the config");
  command->add_option("--test", flags->test, "files that only evaluate it: metrics named test.<target>.<metric>");
  command->add_option("--model", flags->model, "where the config has several");
  command->add_option("--data-dir", flags->data_dir, "default: the config's; no server may use it");
  command->add_option("--reason", *reason, "what it is; it is journalled");
  add_format(*command, flags->format);
  command->footer(
      "It is answered by a process of its own, with limits of memory and time, and is rolled out like any other "
      "version.\nexample: perennial register perennial.yaml --onnx churn.onnx --data history.parquet");
  command->callback([flags, graph, reason, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      ASSIGN_OR_RETURN(TrainOptions options, options_of(*flags));
      options.graph = *graph;
      options.reason = *reason;
      return run_and_print(options, flags->format);
    });
  });
}

}  // namespace perennial::app
