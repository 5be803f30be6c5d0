#include "app/backtest/policies.hpp"

#include <algorithm>

#include "core/catalog.hpp"
#include "core/time.hpp"

namespace perennial::app {
namespace {

const triggers::PolicyKind* kind_of(const std::string& name) {
  for (const auto& kind : triggers::policies().members())
    if (kind.entry.name == name) return &kind;
  return nullptr;
}

bool takes(const triggers::PolicyKind& kind, std::string_view parameter) {
  const auto& all = kind.entry.parameters;
  return std::any_of(all.begin(), all.end(), [&](const Parameter& one) { return one.name == parameter; });
}

/// The policies of the catalog that a bare name can stand for: not those that wait for somebody outside.
bool stands_alone(const triggers::PolicyKind& kind) {
  static const std::vector<std::string> not_alone = {"schedule", "volume", "floor", "event", "manual", "none"};
  const auto& name = kind.entry.name;
  if (std::find(not_alone.begin(), not_alone.end(), name) != not_alone.end()) return false;
  return name == "drift" || name == "decay" || name == "importance" || takes(kind, "price");
}

std::vector<std::string> known_names() {
  std::vector<std::string> names = {"never", "scheduled:SPAN", "volume:SPAN", "config"};
  for (const auto& kind : triggers::policies().members())
    if (stands_alone(kind)) names.push_back(kind.entry.name);
  names.push_back("oracle");
  return names;
}

std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t") - first + 1));
}

/// The model's own entry of that kind; null where it has none.
const Json* own_entry(const Json& retrain, const std::string& name) {
  if (!retrain.is_object()) return nullptr;
  const auto when = retrain.find("when");
  if (when == retrain.end() || !when->is_array()) return nullptr;
  for (const auto& entry : *when)
    if (entry.is_object() && entry.contains(name)) return &entry;
  return nullptr;
}

Result<PolicyChoice> choice_of(const std::string& name, const Json& retrain) {
  PolicyChoice choice;
  choice.name = name;
  const auto colon = name.find(':');
  const std::string head = name.substr(0, colon);
  if (colon != std::string::npos && (head == "scheduled" || head == "volume")) {
    const auto span = parse_span(name.substr(colon + 1));
    if (!span) return fail(ErrorCode::usage, span.error().what, "--policies " + name, span.error().hint);
    choice.when.push_back({{head == "volume" ? "volume" : "every", format_span(*span)}});
    if (const auto made = make_policies(choice.when); !made)
      return fail(ErrorCode::usage, made.error().what, "--policies " + name, made.error().hint);
    return choice;
  }
  if (name == "never") return choice;
  if (name == "oracle") {
    choice.kind = PolicyChoice::Kind::oracle;
    return choice;
  }
  if (name == "config") {
    if (const auto when = retrain.is_object() ? retrain.find("when") : retrain.end();
        retrain.is_object() && when != retrain.end() && when->is_array())
      choice.when = *when;
    return choice;
  }
  const auto* kind = kind_of(name);
  if (kind == nullptr || !stands_alone(*kind)) {
    const auto known = known_names();
    return unknown_name("retraining policy", name, known, "--policies", ErrorCode::usage);
  }
  Json entry = Json::object();
  if (const Json* own = own_entry(retrain, name)) entry = *own;
  else if (name == "drift") entry["drift"] = {{"share", "30%"}};
  else if (name == "decay") entry["decay"] = {{"drop", "5%"}};
  else entry[name] = Json::object();
  choice.when.push_back(std::move(entry));
  choice.priced = takes(*kind, "price");
  return choice;
}

}  // namespace

Result<std::vector<PolicyChoice>> parse_policies(std::string_view text, const Json& retrain) {
  const bool by_default = trimmed(text).empty();
  std::vector<PolicyChoice> choices;
  std::string_view rest = by_default ? default_policies : text;
  for (bool more = true; more;) {
    const auto comma = rest.find(',');
    more = comma != std::string_view::npos;
    const std::string name = trimmed(rest.substr(0, comma));
    if (more) rest.remove_prefix(comma + 1);
    if (by_default && name.find(':') == std::string::npos && name != "never" && kind_of(name) == nullptr) continue;
    if (std::any_of(choices.begin(), choices.end(), [&](const auto& choice) { return choice.name == name; })) continue;
    ASSIGN_OR_RETURN(auto choice, choice_of(name, retrain));
    choices.push_back(std::move(choice));
  }
  return choices;
}

Json filled_in(const PolicyChoice& choice, const std::string& primary, double price, double unit) {
  Json when = choice.when;
  for (auto& entry : when) {
    if (!entry.is_object()) continue;
    for (const auto& [name, value] : entry.items()) {
      const auto* kind = kind_of(name);
      if (kind == nullptr || !(value.is_object() || value.is_null())) continue;
      if (name == "decay" && !value.contains("metric")) entry[name]["metric"] = primary;
      if (!choice.priced || name != choice.name) continue;
      if (takes(*kind, "price")) entry[name]["price"] = price;
      if (takes(*kind, "unit")) entry[name]["unit"] = unit;
    }
  }
  return when;
}

Result<std::vector<std::shared_ptr<const triggers::Policy>>> make_policies(const Json& when) {
  // JSON is YAML, so an entry goes the same way as one in a config file.
  ASSIGN_OR_RETURN(const auto node, ConfigNode::parse(to_text({{"when", when}}), "--policies"));
  ASSIGN_OR_RETURN(auto config, triggers::parse_triggers(node));
  return config.when;
}

}  // namespace perennial::app
