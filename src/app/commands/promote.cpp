// perennial promote: the next step of a rollout; with --override straight to full traffic (audited).

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/order.hpp"

namespace perennial::app {

void add_promote(CLI::App& app, int& exit_code) {
  auto* command =
      app.add_subcommand("promote", "the next step of a rollout; with --override straight to full traffic (audited)");
  auto version = std::make_shared<std::string>();
  auto past_evidence = std::make_shared<bool>(false);
  command->add_option("version", *version, "such as 1.0.2")->required();
  command->add_flag("--override", *past_evidence, "past the evidence; the journal keeps who and why");
  const auto order = add_order(*command);
  command->footer("example: perennial promote 1.0.3 --override --reason \"agreed with the risk team\"");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      const auto act = [&](lifecycle::Desk& desk, const std::string& model, const api::CommandContext& context) {
        return desk.promote(model, *version, *past_evidence, context);
      };
      ASSIGN_OR_RETURN(const Json answer,
                       give(*order, "/promote", {{"version", *version}, {"override", *past_evidence}}, act));
      tell(*order, answer, fmt::format("version {}: done", cell(answer.at("version"))));
      return 0;
    });
  });
}

}  // namespace perennial::app
