// perennial rollback: back to the previous good version, or to --to.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/order.hpp"

namespace perennial::app {

void add_rollback(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("rollback", "back to the previous good version, or to --to");
  auto to = std::make_shared<std::string>();
  command->add_option(
      "--to", *to,
      "an earlier champion; default: the newest that was not rolled back itself, or, in a shadow or canary, the "
      "present one: the challenger alone is taken back");
  const auto order = add_order(*command);
  command->footer("example: perennial rollback --url http://127.0.0.1:8080 --reason \"wrong prices\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json body = Json::object();
      if (!to->empty()) body["to"] = *to;
      const auto act = [&](lifecycle::Desk& desk, const std::string& model, const api::CommandContext& context) {
        return desk.rollback(model, to->empty() ? std::nullopt : std::optional(*to), context);
      };
      ASSIGN_OR_RETURN(const Json answer, give(*order, "/rollback", std::move(body), act));
      tell(*order, answer,
           fmt::format("rolled back from {} to {} ({})", cell(answer.at("from")), cell(answer.at("to")),
                       answer.value("confirmed", false) ? "confirmed by a probe prediction" : "NOT confirmed"));
      return 0;
    });
  });
}

}  // namespace perennial::app
