#include "triggers/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>

namespace perennial::triggers {
Result<std::string> policy_name(const ConfigNode& item) {
  auto known = policies().names();
  if (item.is_scalar()) {
    ASSIGN_OR_RETURN(const std::string name, item.text());
    if (std::ranges::find(known, name) != known.end()) return name;
    return unknown_name("trigger policy", name, known, item.place());
  }
  if (!item.is_map())
    return item.error("an entry of 'when' is a policy", fmt::format("known: {}", fmt::join(known, ", ")));
  const auto keys = item.keys();
  std::vector<std::string> named;
  for (const auto& key : keys) {
    const std::string name = key == "every" ? "schedule" : key;
    if (std::ranges::find(known, name) != known.end() && std::ranges::find(named, name) == named.end())
      named.push_back(name);
  }
  if (named.size() > 1)
    return item.error(fmt::format("one entry of 'when' names two policies: {}", fmt::join(named, ", ")),
                      "make them two entries");
  if (named.empty()) return unknown_name("trigger policy", keys.empty() ? "" : keys[0], known, item.place());
  return named[0];
}

Result<std::shared_ptr<const Policy>> parse_policy(const ConfigNode& item, std::string label) {
  ASSIGN_OR_RETURN(const std::string name, policy_name(item));
  ASSIGN_OR_RETURN(const PolicyKind* kind, policies().find(name, item.place()));
  return kind->make(item, std::move(label));
}

Result<Mode> parse_mode(const ConfigNode& node) {
  if (!node.defined()) return Mode::autonomous;
  ASSIGN_OR_RETURN(const std::string name, node.text());
  if (name == "autonomous") return Mode::autonomous;
  if (name == "approval") return Mode::approval;
  if (name == "advisory") return Mode::advisory;
  return unknown_name("mode", name, std::vector<std::string>{"autonomous", "approval", "advisory"}, node.place());
}

Result<TriggerConfig> parse_triggers(const ConfigNode& retrain) {
  TriggerConfig config;
  if (!retrain.defined()) return config;
  TRY(retrain.check_keys({"window", "candidates", "cooldown", "min_priority", "aging", "max_latency", "when"}));
  if (const auto node = retrain["window"]; node.defined()) {
    ASSIGN_OR_RETURN(config.window, parse_window(node));
  }
  if (const auto node = retrain["candidates"]; node.defined()) {
    if (config.window != nullptr)
      return node.error("'window' and 'candidates' both say what is trained on", "make the window the first candidate");
    const auto items = node.items();
    if (items.size() < 2 || items.size() > window_candidates)
      return node.error(fmt::format("candidates are a list of 2 to {} training windows", window_candidates),
                        "such as [5000rows, since_change]");
    for (const auto& item : items) {
      ASSIGN_OR_RETURN(auto window, parse_window(item));
      config.candidates.push_back(std::move(window));
    }
  }
  if (const auto node = retrain["cooldown"]; node.defined()) {
    ASSIGN_OR_RETURN(config.cooldown, node.span());
  }
  if (const auto node = retrain["min_priority"]; node.defined()) {
    ASSIGN_OR_RETURN(const std::int64_t priority, node.integer(1, 5));
    config.min_priority = static_cast<int>(priority);
  }
  if (const auto node = retrain["aging"]; node.defined()) {
    ASSIGN_OR_RETURN(config.aging, node.duration());
  }
  if (const auto node = retrain["max_latency"]; node.defined()) {
    ASSIGN_OR_RETURN(config.max_latency, node.span());
  }
  const auto when = retrain["when"];
  if (!when.defined()) return config;
  if (!when.is_list()) return when.error("a list of policies is expected here", "such as [{drift: {share: 30%}}]");
  std::map<std::string, int> seen;
  for (const auto& item : when.items()) {
    ASSIGN_OR_RETURN(const std::string name, policy_name(item));
    const int count = ++seen[name];
    ASSIGN_OR_RETURN(auto policy, parse_policy(item, count == 1 ? name : fmt::format("{}-{}", name, count)));
    config.when.push_back(std::move(policy));
  }
  return config;
}

std::uint64_t TriggerConfig::most_window_rows() const {
  std::uint64_t most = window != nullptr ? window->most_rows() : 0;
  for (const auto& candidate : candidates) most = std::max(most, candidate->most_rows());
  return most;
}

std::vector<std::string> describe(const TriggerConfig& config) {
  std::vector<std::string> lines;
  for (const auto& policy : config.when)
    lines.push_back(fmt::format("{}: retrains {}", policy->label(), policy->describe()));
  if (config.when.empty()) lines.push_back("no policy: retrains only when a person asks");
  lines.push_back(fmt::format("after a successful training of this model nothing but a person starts another for {}",
                              format_span(config.cooldown)));
  lines.push_back(
      fmt::format("requests with a priority below {} are skipped{}", config.min_priority,
                  config.aging.count() > 0
                      ? fmt::format("; one that is held back gains 1 of priority per {}", format_duration(config.aging))
                      : std::string{}));
  if (config.mode == Mode::advisory)
    lines.emplace_back(
        "what policies ask for is journalled as advice and not started, and no version is promoted without a person");
  if (config.mode == Mode::approval)
    lines.emplace_back("what policies ask for, and every promotion, waits until a person approves it");
  return lines;
}

}  // namespace perennial::triggers
