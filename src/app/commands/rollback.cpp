// perennial rollback: back to the previous good version, or to --to.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_rollback(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("rollback", "back to the previous good version, or to --to");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto reason = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto to = std::make_shared<std::string>();
  command->add_option("--to", *to, "an earlier champion; default: the newest that was not rolled back itself");
  command->add_option("--reason", *reason, "why; it is journalled");
  command->add_option("--id", *id, "the same id sent again changes nothing and gives the first answer");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial rollback --url http://127.0.0.1:8080 --reason \"wrong prices\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        Json body = {{"reason", *reason}};
        if (!id->empty()) body["command_id"] = *id;
        if (!to->empty()) body["to"] = *to;
        ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/rollback"), body));
      } else {
        const api::CommandContext context{id->empty() ? std::nullopt : std::optional(*id), "cli", *reason};
        ASSIGN_OR_RETURN(answer,
                         act_on(*target,
                                [&]([[maybe_unused]] lifecycle::Desk& desk, [[maybe_unused]] lifecycle::Fleet& fleet,
                                    const std::string& model) -> Result<Json> {
                                  return desk.rollback(model, to->empty() ? std::nullopt : std::optional(*to), context);
                                }));
      }
      if (*format == "json") print(answer.dump(2));
      else
        print(fmt::format("rolled back from {} to {} ({})", cell(answer.at("from")), cell(answer.at("to")),
                          answer.value("confirmed", false) ? "confirmed by a probe prediction" : "NOT confirmed"));
      return 0;
    });
  });
}

}  // namespace perennial::app
