// perennial trigger: ask for a retrain; the answer says RETRAIN or SKIP and why.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_trigger(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("trigger", "ask for a retrain; the answer says RETRAIN or SKIP and why");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto reason = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto name = std::make_shared<std::string>("manual");
  auto priority = std::make_shared<int>(3);
  command->add_option("--event", *name, "name of an event policy; default: manual, which passes cooldown and priority")
      ->default_str("manual");
  command->add_option("--priority", *priority, "1 (low) to 5")->check(CLI::Range(1, 5))->default_str("3");
  command->add_option("--reason", *reason, "why; it is journalled");
  command->add_option("--id", *id, "the same id sent again changes nothing and gives the first answer");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial trigger --url http://127.0.0.1:8080 --reason \"new tariff\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        Json body = {{"reason", *reason}};
        if (!id->empty()) body["command_id"] = *id;
        body["trigger"] = *name;
        body["priority"] = *priority;
        body["metadata"] = {{"reason", *reason}};
        body.erase("reason");
        ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/events"), body));
      } else {
        const api::CommandContext context{id->empty() ? std::nullopt : std::optional(*id), "cli", *reason};
        ASSIGN_OR_RETURN(answer,
                         act_on(*target,
                                [&]([[maybe_unused]] lifecycle::Desk& desk, [[maybe_unused]] lifecycle::Fleet& fleet,
                                    const std::string& model) -> Result<Json> {
                                  api::TriggerEvent event;
                                  event.trigger = *name;
                                  event.priority = *priority;
                                  ASSIGN_OR_RETURN(const auto decided, desk.trigger(model, event, context));
                                  return Json{{"decision", decided.retrain ? "retrain" : "skip"},
                                              {"reason", decided.reason},
                                              {"job_id", decided.job_id ? Json(*decided.job_id) : Json(nullptr)}};
                                }));
      }
      if (*format == "json") print(answer.dump(2));
      else print(fmt::format("{}: {}", cell(answer.at("decision")), cell(answer.at("reason"))));
      if (target->url.empty() && answer.at("decision") == "retrain") say(std::string(starts_with_server));
      return 0;
    });
  });
}

}  // namespace perennial::app
