// perennial approve: start the retrain that a policy asks for, or with a version let its promotion happen (modes
// approval and advisory).

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_approve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("approve",
                                     "start the retrain that a policy has asked a person for; with a version let its "
                                     "rollout promote it");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto reason = std::make_shared<std::string>();
  auto id = std::make_shared<std::string>();
  auto version = std::make_shared<std::string>();
  auto digest = std::make_shared<std::string>();
  command->add_option("version", *version, "of the running rollout: approve its promotion");
  command->add_option("--digest", *digest, "of the artifact that you have looked at, 8 digits or more; else refused");
  command->add_option("--reason", *reason, "why; it is journalled");
  command->add_option("--id", *id, "the same id sent again changes nothing and gives the first answer");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial approve --model churn --reason \"looked at the advice\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!version->empty()) {
        if (!target->url.empty()) {
          ASSIGN_OR_RETURN(const std::string model, model_of(*target));
          ASSIGN_OR_RETURN(auto client, connect(*target));
          Json body = {{"version", *version}, {"reason", *reason}};
          if (!digest->empty()) body["digest"] = *digest;
          if (!id->empty()) body["command_id"] = *id;
          ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/approve"), body));
        } else {
          const api::CommandContext context{id->empty() ? std::nullopt : std::optional(*id), "cli", *reason};
          ASSIGN_OR_RETURN(
              answer,
              act_on(*target, [&](lifecycle::Desk& desk, lifecycle::Fleet&, const std::string& model) -> Result<Json> {
                return desk.approve(model, *version, *digest, context);
              }));
        }
        if (*format == "json") print(answer.dump(2));
        else
          print(fmt::format("the promotion of version {} (artifact {}) is approved", cell(answer.at("version")),
                            cell(answer.at("digest")).substr(0, 8)));
        return 0;
      }
      if (!digest->empty()) return fail(ErrorCode::usage, "--digest goes with a version", "approve");
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        Json body = {{"trigger", "approve"}, {"priority", 3}, {"metadata", {{"reason", *reason}}}};
        if (!id->empty()) body["command_id"] = *id;
        ASSIGN_OR_RETURN(answer, client.post(http::Client::model_path(model, "/events"), body));
      } else {
        const api::CommandContext context{id->empty() ? std::nullopt : std::optional(*id), "cli", *reason};
        const auto act = [&](lifecycle::Desk& desk, lifecycle::Fleet&, const std::string& model) -> Result<Json> {
          api::TriggerEvent event;
          event.trigger = "approve";
          ASSIGN_OR_RETURN(const auto decided, desk.trigger(model, event, context));
          return Json{{"decision", decided.retrain ? "retrain" : "skip"},
                      {"reason", decided.reason},
                      {"job_id", decided.job_id ? Json(*decided.job_id) : Json(nullptr)}};
        };
        ASSIGN_OR_RETURN(answer, act_on(*target, act));
      }
      if (*format == "json") print(answer.dump(2));
      else print(fmt::format("{}: {}", cell(answer.at("decision")), cell(answer.at("reason"))));
      return 0;
    });
  });
}

}  // namespace perennial::app
