// perennial audit verify: does the journal still say what it said?

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {
namespace {

/// Its graph, its reference rows, and its answers to the rows that judged it.
Status verify_version(lifecycle::Fleet& fleet, const ModelVersion& version) {
  const auto& state = fleet.state().model(version.model);
  TRY(fleet.blobs().get(version.artifact_digest));
  for (const auto* digests : {&state.references, &state.held_out}) {
    const auto known = digests->find(version.number.text());
    if (known == digests->end() || known->second.empty()) continue;
    TRY(fleet.blobs().get(known->second));
  }
  return {};
}

}  // namespace

void add_audit(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("audit", "check the journal and the artifacts of a data directory");
  command->require_subcommand(1);
  auto* verify = command->add_subcommand(
      "verify", "recompute the hash chain and every artifact's digest; names the first bad record");
  auto target = std::make_shared<Where>();
  verify->add_option("--config", target->config, "the config")->default_str("perennial.yaml");
  verify->add_option("--data-dir", target->data_dir, "default: the config's");
  verify->add_option("--model", target->model, "where there are several");
  auto format = std::make_shared<std::string>("table");
  add_format(*verify, *format);
  verify->footer("example: perennial audit verify --data-dir perennial-data");
  verify->callback([target, format, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Where where = *target;
      if (!where.data_dir.empty() && where.model.empty())
        where.model = "-";  // the chain is the fleet's: no model is needed
      ASSIGN_OR_RETURN(
          const Json answer, look_at(where, [](lifecycle::Fleet& fleet, const std::string&) -> Result<Json> {
            TRY(fleet.journal().verify());
            std::size_t artifacts = 0;
            for (const auto& model : fleet.state().registry().models())
              for (const auto& [number, version] : fleet.state().registry().versions(model)) {
                if (fleet.state().registry().is_collected(model, number)) continue;
                TRY(verify_version(fleet, version));
                ++artifacts;
              }
            return Json{
                {"events", fleet.journal().last_seq()}, {"head", fleet.journal().digest()}, {"artifacts", artifacts}};
          }));
      if (*format == "json") {
        print(answer.dump(2));
        return 0;
      }
      print(fmt::format("good: {} events, head {}, {} artifacts", cell(answer.at("events")), cell(answer.at("head")),
                        cell(answer.at("artifacts"))));
      return 0;
    });
  });
}

}  // namespace perennial::app
