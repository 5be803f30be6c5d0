// perennial pin: a version stays, whatever automation would do; --release takes the word back.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_pin(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "pin", "a version stays: automation neither replaces it, takes it back nor goes back past it, and it is kept");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto reason = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto version = std::make_shared<std::string>();
  auto release = std::make_shared<bool>(false);
  command->add_option("version", *version, "such as 1.0.2; one that serves, or has served")->required();
  command->add_flag("--release", *release, "the version need not stay any longer");
  command->add_option("--reason", *reason, "why; it is journalled");
  command->add_option("--id", *id, "the same id sent again changes nothing and gives the first answer");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial pin 1.0.3 --reason \"audited by the risk team\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        Json body = {{"version", *version}, {"release", *release}, {"reason", *reason}};
        if (!id->empty()) body["command_id"] = *id;
        ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/pin"), body));
      } else {
        const api::CommandContext context{id->empty() ? std::nullopt : std::optional(*id), "cli", *reason};
        ASSIGN_OR_RETURN(answer,
                         act_on(*target,
                                [&]([[maybe_unused]] lifecycle::Desk& desk, [[maybe_unused]] lifecycle::Fleet& fleet,
                                    const std::string& model) -> Result<Json> {
                                  return desk.pin(model, *version, *release, context);
                                }));
      }
      if (*format == "json") print(answer.dump(2));
      else
        print(fmt::format("version {} is {}", cell(answer.at("version")),
                          answer.value("pinned", false) ? "pinned" : "no longer pinned"));
      return 0;
    });
  });
}

}  // namespace perennial::app
