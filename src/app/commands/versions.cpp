// perennial versions: all versions of a model, newest first.

#include <fmt/format.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {

namespace {

/// A server may be older than the marks.
std::string status_of(const Json& version) {
  std::string status = cell(version.at("status"));
  if (version.value("pinned", Json()).is_object()) status += ", pinned";
  if (version.value("artifact_collected", false)) status += ", not kept";
  return status;
}

}  // namespace

void add_versions(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand("versions", "all versions of a model, newest first");
  auto target = std::make_shared<Where>();
  auto format = std::make_shared<std::string>("table");
  add_target(*command, *target);
  add_format(*command, *format);
  command->footer("example: perennial versions --model churn");
  command->callback([=, &exit_code] {
    exit_code = finish([&]() -> Result<int> {
      Json answer;
      if (!target->url.empty()) {
        ASSIGN_OR_RETURN(const std::string model, model_of(*target));
        ASSIGN_OR_RETURN(auto client, connect(*target));
        ASSIGN_OR_RETURN(answer, client.get(http::Client::model_path(model, "/versions")));
      } else {
        ASSIGN_OR_RETURN(answer,
                         look_at(*target, [](lifecycle::Fleet& fleet, const std::string& model) -> Result<Json> {
                           return lifecycle::versions_json(fleet.state().registry(), model);
                         }));
      }
      if (*format == "json") {
        print(answer.dump(2));
        return 0;
      }
      if (answer.is_object()) answer = answer.at("versions");
      std::vector<std::vector<std::string>> rows = {
          {"version", "status", "parent", "data", "config", "deployed at", "changelog"}};
      for (const auto& v : answer)
        rows.push_back({cell(v.at("version")), status_of(v), cell(v.at("parent")), cell(v.at("data_version")),
                        v.at("config_hash").get<std::string>().substr(0, 8), cell(v.at("deployed_at")),
                        cell(v.at("changelog"))});
      print(table(rows));
      return 0;
    });
  });
}

}  // namespace perennial::app
