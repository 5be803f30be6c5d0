// perennial promote: the next step of a rollout; with --override straight to full traffic (audited).

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_promote(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("promote", "the next step of a rollout; with --override straight to full traffic (audited)");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto reason = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto version = std::make_shared<std::string>();
  auto past_evidence = std::make_shared<bool>(false);
  command->add_option("version", *version, "such as 1.0.2")->required();
  command->add_flag("--override", *past_evidence, "past the evidence; the journal keeps who and why");
  command->add_option("--reason", *reason, "why; it is journalled");
  command->add_option("--id", *id, "the same id sent again changes nothing and gives the first answer");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial promote 1.0.3 --override --reason \"agreed with the risk team\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        Json body = {{"reason", *reason}};
        if (!id->empty()) body["command_id"] = *id;
        body["version"] = *version;
        body["override"] = *past_evidence;
        ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/promote"), body));
      } else {
        const api::CommandContext context{id->empty() ? std::nullopt : std::optional(*id), "cli", *reason};
        ASSIGN_OR_RETURN(answer,
                         act_on(*target,
                                [&]([[maybe_unused]] lifecycle::Desk& desk, [[maybe_unused]] lifecycle::Fleet& fleet,
                                    const std::string& model) -> Result<Json> {
                                  return desk.promote(model, *version, *past_evidence, context);
                                }));
      }
      if (*format == "json") print(answer.dump(2));
      else print(fmt::format("version {}: done", cell(answer.at("version"))));
      return 0;
    });
  });
}

}  // namespace perennial::app
