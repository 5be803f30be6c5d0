// perennial validate: is the config right?

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "http/guard.hpp"
#include "lifecycle/fleet_config.hpp"

namespace perennial::app {

void add_validate(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("validate", "check a config; exit code 2 names line, key and the known values");
  auto file = std::make_shared<std::string>("perennial.yaml");
  command->add_option("config", *file, "the config")->required();
  auto format = std::make_shared<std::string>("table");
  add_format(*command, *format);
  command->footer("example: perennial validate perennial.yaml");
  command->callback([file, format, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      ASSIGN_OR_RETURN(const auto fleet, lifecycle::load_fleet(*file));
      ASSIGN_OR_RETURN(const auto listen, http::parse_listen(fleet.server.listen));
      // A token that the file does not have may come with the environment of `serve`.
      if (listen.loopback || !fleet.server.token.empty())
        TRY(http::Guard::make(listen, fleet.server.token, fleet.server.hosts));
      if (*format == "json") {
        Json models = Json::array();
        for (const auto& model : fleet.models) models.push_back(model.name);
        print(Json{{"good", true}, {"models", models}}.dump(2));
        return 0;
      }
      print(fmt::format("{}: good, {} model{}", *file, fleet.models.size(), fleet.models.size() == 1 ? "" : "s"));
      return 0;
    });
  });
}

}  // namespace perennial::app
