// perennial approve: start the retrain that a policy asks for, or with a version let its promotion happen (modes
// approval and advisory).

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/order.hpp"

namespace perennial::app {

void add_approve(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("approve",
                                     "start the retrain that a policy has asked a person for; with a version let its "
                                     "rollout promote it");
  auto version = std::make_shared<std::string>();
  auto digest = std::make_shared<std::string>();
  command->add_option("version", *version, "of the running rollout: approve its promotion");
  command->add_option("--digest", *digest, "of the artifact that you have looked at, 8 digits or more; else refused");
  const auto order = add_order(*command);
  command->footer("example: perennial approve --model churn --reason \"looked at the advice\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      if (!version->empty()) {
        Json body = {{"version", *version}};
        if (!digest->empty()) body["digest"] = *digest;
        const auto act = [&](lifecycle::Desk& desk, const std::string& model, const api::CommandContext& context) {
          return desk.approve(model, *version, *digest, context);
        };
        ASSIGN_OR_RETURN(const Json answer, give(*order, "/approve", std::move(body), act));
        tell(*order, answer,
             fmt::format("the promotion of version {} (artifact {}) is approved", cell(answer.at("version")),
                         cell(answer.at("digest")).substr(0, 8)));
        return 0;
      }
      if (!digest->empty()) return fail(ErrorCode::usage, "--digest goes with a version", "approve");
      const auto act = [](lifecycle::Desk& desk, const std::string& model,
                          const api::CommandContext& context) -> Result<Json> {
        api::TriggerEvent event;
        event.trigger = "approve";
        ASSIGN_OR_RETURN(const auto decided, desk.trigger(model, event, context));
        return Json{{"decision", decided.retrain ? "retrain" : "skip"},
                    {"reason", decided.reason},
                    {"job_id", decided.job_id ? Json(*decided.job_id) : Json(nullptr)}};
      };
      ASSIGN_OR_RETURN(const Json answer, give(*order, "/events", {{"trigger", "approve"}, {"priority", 3}}, act));
      tell(*order, answer, fmt::format("{}: {}", cell(answer.at("decision")), cell(answer.at("reason"))));
      if (order->where.url.empty() && answer.at("decision") == "retrain") say(std::string(starts_with_server));
      return 0;
    });
  });
}

}  // namespace perennial::app
