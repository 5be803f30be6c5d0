#include "drift/quality/settings.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "drift/quality/check.hpp"

namespace perennial::drift::quality {
namespace {

Result<Choice> parse_choice(const ConfigNode& node) {
  Choice choice;
  ConfigNode level;
  if (node.is_map()) {
    const auto keys = node.keys();
    if (keys.size() != 1) return node.error("expected a check's name, or one {name: level}");
    choice.name = keys.front();
    level = node[choice.name];
  } else {
    ASSIGN_OR_RETURN(choice.name, node.text());
  }
  ASSIGN_OR_RETURN(const Check* check, checks().find(choice.name, node.place()));
  if (!level.defined()) return choice;
  if (check->entry.parameters.empty()) return level.error(fmt::format("the check {} has no level", choice.name));
  ASSIGN_OR_RETURN(choice.level, level.number());
  if (!(*choice.level > 0)) return level.error("a level is above 0");
  return choice;
}

}  // namespace

Result<Settings> Settings::parse(const ConfigNode& node) {
  Settings settings;
  if (!node.defined()) return settings;
  if (node.is_scalar()) {
    ASSIGN_OR_RETURN(const std::string word, node.text());
    if (word != "none")
      return node.error(fmt::format("'{}' is not a way to check", word), "none, or a map of settings");
    settings.checks.emplace();
    return settings;
  }
  TRY(node.check_keys({"checks", "min_rows", "alpha"}));
  if (const auto list = node["checks"]; list.defined()) {
    if (!list.is_list()) return list.error("expected a list of checks", "checks: [unit, {nulls: 10%}]");
    settings.checks.emplace();
    for (const auto& item : list.items()) {
      ASSIGN_OR_RETURN(Choice choice, parse_choice(item));
      if (settings.has(choice.name)) return item.error(fmt::format("the check {} is listed twice", choice.name));
      settings.checks->push_back(std::move(choice));
    }
  }
  if (const auto rows = node["min_rows"]; rows.defined()) {
    ASSIGN_OR_RETURN(const auto count, rows.integer(20, 100000));
    settings.min_rows = static_cast<std::uint64_t>(count);
  }
  if (const auto alpha = node["alpha"]; alpha.defined()) {
    ASSIGN_OR_RETURN(settings.alpha, alpha.number());
    if (!(settings.alpha > 0 && settings.alpha < 1)) return alpha.error("a significance level lies between 0 and 1");
  }
  return settings;
}

bool Settings::has(std::string_view check) const {
  return !checks || std::ranges::any_of(*checks, [&](const Choice& choice) { return choice.name == check; });
}

double Settings::level(std::string_view check) const {
  if (checks)
    for (const auto& choice : *checks)
      if (choice.name == check && choice.level) return *choice.level;
  for (const auto& member : quality::checks().members())
    if (member.entry.name == check) return member.level;
  return 0;
}

}  // namespace perennial::drift::quality
