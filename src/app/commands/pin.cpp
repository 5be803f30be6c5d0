// perennial pin: a version stays, whatever automation would do; --release takes the word back.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/order.hpp"

namespace perennial::app {

void add_pin(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "pin", "a version stays: automation neither replaces it, takes it back nor goes back past it, and it is kept");
  auto version = std::make_shared<std::string>();
  auto release = std::make_shared<bool>(false);
  command->add_option("version", *version, "such as 1.0.2; one that serves, or has served")->required();
  command->add_flag("--release", *release, "the version need not stay any longer");
  const auto order = add_order(*command);
  command->footer("example: perennial pin 1.0.3 --reason \"audited by the risk team\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      const auto act = [&](lifecycle::Desk& desk, const std::string& model, const api::CommandContext& context) {
        return desk.pin(model, *version, *release, context);
      };
      ASSIGN_OR_RETURN(const Json answer, give(*order, "/pin", {{"version", *version}, {"release", *release}}, act));
      tell(*order, answer,
           fmt::format("version {} is {}", cell(answer.at("version")),
                       answer.value("pinned", false) ? "pinned" : "no longer pinned"));
      return 0;
    });
  });
}

}  // namespace perennial::app
