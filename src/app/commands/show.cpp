// perennial show: every field of one version.

#include <fmt/format.h>

#include <algorithm>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "app/operate.hpp"

namespace perennial::app {
namespace {

/// "s11 0.31, s4 0.22, …": the five columns by which the trees gained most.
std::string largest(const Json& columns) {
  constexpr std::size_t shown = 5;
  std::vector<std::pair<double, std::string>> shares;
  for (const auto& [column, share] : columns.items()) shares.emplace_back(-share.get<double>(), column);
  std::ranges::sort(shares);
  std::string text;
  for (std::size_t i = 0; i < shares.size() && i < shown; ++i)
    text += fmt::format("{}{} {:.2g}", i == 0 ? "" : ", ", shares[i].second, -shares[i].first);
  return shares.size() > shown ? text + ", …" : text;
}

}  // namespace

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
        ASSIGN_OR_RETURN(const Json performance, client.get(http::Client::model_path(model, "/performance")));
        for (const auto& entry : performance.at("versions"))
          if (entry.at("version") == *version) answer["windows"] = entry.at("windows");
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
        if (key != "signature" && key != "deployments" && key != "windows" && key != "importance")
          rows.push_back({key, cell(value)});
      const Json importance = answer.value("importance", Json::object());
      for (const auto& [name, columns] : importance.items())
        rows.push_back({"importance for " + name, largest(columns)});
      const Json windows = answer.value("windows", Json::object());
      for (const auto& [window, found] : windows.items())
        for (const auto& [metric, estimate] : found.at("metrics").items())
          rows.push_back(
              {window + " " + metric,
               fmt::format("{:.4g} ± {:.2g} ({} rows)", estimate.at("value").get<double>(),
                           estimate.at("standard_error").get<double>(), estimate.at("n").get<std::uint64_t>())});
      print(table(rows));
      return 0;
    });
  });
}

}  // namespace perennial::app
