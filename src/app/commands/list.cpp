// perennial list FAMILY: what can be named in a config.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/command_line.hpp"
#include "app/commands/members.hpp"
#include "lifecycle/families.hpp"
#include "lifecycle/presets.hpp"

namespace perennial::app {
namespace {

/// One table with a column per preset, so that nothing has to be put together from three lists.
int list_presets(const std::string& format) {
  const auto& numbers = lifecycle::preset_numbers();
  if (format == "json") {
    Json all = Json::object();
    for (const auto& number : numbers)
      all[number.key] = {{"conservative", number.conservative},
                         {"default", number.standard},
                         {"fast", number.fast},
                         {"built_in", number.built_in}};
    print(all.dump(2));
    return 0;
  }
  const auto cell = [](const Json& value) {
    return value.is_null() ? std::string("–") : value.is_string() ? value.get<std::string>() : value.dump();
  };
  std::vector<std::vector<std::string>> rows = {{"number", "conservative", "default", "fast", "without a preset"}};
  for (const auto& number : numbers)
    rows.push_back(
        {number.key, cell(number.conservative), cell(number.standard), cell(number.fast), cell(number.built_in)});
  print(table(rows));
  return 0;
}

Result<int> list(const std::string& name, const std::string& format) {
  if (name == "presets") return list_presets(format);
  auto found = lifecycle::family(name);
  if (!found) {
    found.error().hint += "; or presets";
    return std::unexpected(found.error());
  }
  const auto& entries = *found;
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
      "list", fmt::format("what can be named in a config: {}, presets", fmt::join(lifecycle::family_names(), ", ")));
  auto name = std::make_shared<std::string>();
  auto format = std::make_shared<std::string>("table");
  command->add_option("family", *name, "one of the families")->required();
  add_format(*command, *format);
  command->footer("example: perennial list policies");
  command->callback([name, format, &exit_code] { exit_code = finish([&] { return list(*name, *format); }); });
}

}  // namespace perennial::app
