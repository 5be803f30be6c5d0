// perennial show: every field of one version.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

void add_show(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("show", "every field of one version");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  auto version = std::make_shared<std::string>();
  command->add_option("version", *version, "such as 1.0.2")->required();
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial show 1.0.2 --format json");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        ASSIGN_OR_RETURN(answer, client.get(http::Client::model_path(model, "/versions/" + *version)));
      } else {
        ASSIGN_OR_RETURN(answer,
                         look_at(*target, [&](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
                           return lifecycle::show_json(fleet.state(), model, *version);
                         }));
      }
      if (*format == "json") {
        print(answer.dump(2));
        return 0;
      }
      std::vector<std::vector<std::string>> rows;
      for (const auto& [key, value] : answer.items())
        if (key != "signature" && key != "deployments") rows.push_back({key, cell(value)});
      print(table(rows));
      return 0;
    });
  });
}

}  // namespace perennial::app
