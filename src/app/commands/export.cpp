// perennial export: a version's ONNX graph as a file.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_export(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("export", "write a version's ONNX graph; its digest is checked");
  auto target = std::make_shared<Where>();
  auto version = std::make_shared<std::string>();
  auto output = std::make_shared<std::string>("model.onnx");
  command->add_option("--version", *version, "default: the champion");
  command->add_option("-o,--output", *output, "the file")->default_str("model.onnx");
  command->add_option("--config", target->config, "the config")->default_str("perennial.yaml");
  command->add_option("--data-dir", target->data_dir, "default: the config's");
  command->add_option("--model", target->model, "where there are several");
  command->footer("example: perennial export --version 1.0.2 -o churn.onnx");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      ASSIGN_OR_RETURN(
          const Json answer, look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
            const ModelVersion* chosen = fleet.state().registry().champion(model);
            if (!version->empty()) {
              ASSIGN_OR_RETURN(const VersionNumber number, parse_version(*version));
              ASSIGN_OR_RETURN(chosen, fleet.state().registry().get(model, number));
            }
            if (chosen == nullptr) return fail(ErrorCode::not_found, "the model has no champion yet", model);
            TRY(fleet.state().registry().check_there(model, chosen->number));
            ASSIGN_OR_RETURN(const std::string bytes, fleet.blobs().get(chosen->artifact_digest));
            TRY(write_file(*output, bytes));
            return Json{
                {"version", chosen->number.text()}, {"digest", chosen->artifact_digest}, {"bytes", bytes.size()}};
          }));
      if (*output != "-")
        print(fmt::format("{}: version {}, {} bytes, SHA-256 {}", *output, cell(answer.at("version")),
                          cell(answer.at("bytes")), cell(answer.at("digest"))));
      return 0;
    });
  });
}

}  // namespace perennial::app
