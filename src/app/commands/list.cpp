// perennial list FAMILY: what can be named in a config.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "lifecycle/families.hpp"

namespace perennial::app {
namespace {

Result<int> list(const std::string& name, const std::string& format) {
  ASSIGN_OR_RETURN(const auto entries, lifecycle::family(name));
  if (format == "json") {
    print(lifecycle::to_json(entries).dump(2));
    return 0;
  }
  std::vector<std::vector<std::string>> rows = {{"name", "what it is"}};
  for (const auto& entry : entries) {
    rows.push_back({entry.name, entry.summary});
    for (const auto& parameter : entry.parameters)
      rows.push_back(
          {"", fmt::format("  {} ({}{}{}): {}", parameter.name,
                           parameter.default_value.empty() ? "required" : "default " + parameter.default_value,
                           parameter.range.empty() ? "" : ", " + parameter.range,
                           parameter.unit.empty() ? "" : ", " + parameter.unit, parameter.help)});
  }
  print(table(rows));
  return 0;
}

}  // namespace

void add_list(CLI::App& app, int& exit_code) {
  auto* command = app.add_subcommand(
      "list", fmt::format("what can be named in a config: {}", fmt::join(lifecycle::family_names(), ", ")));
  auto name = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("table");
  command->add_option("family", *name, "one of the families")->required();
  add_format(*command, *format);
  command->footer("example: perennial list policies");
  command->callback([name, format, &exit_code] { exit_code = finish([&] { return list(*name, *format); }); });
}

}  // namespace perennial::app
