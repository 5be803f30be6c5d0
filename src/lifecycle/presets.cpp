#include "lifecycle/presets.hpp"

#include <algorithm>

namespace perennial::lifecycle {
namespace {

/// Where all presets and the built-in default agree.
PresetNumber same(const char* key, const Json& value) { return {key, value, value, value, value}; }

PresetNumber differs(const char* key, Json conservative, const Json& standard, Json fast) {
  return {key, std::move(conservative), standard, std::move(fast), standard};
}

/// Beside the cost policy a schedule for freshness: even a world without drift is learned anew now and then.
Json policies(double price, const char* schedule) {
  return Json::array({{{"cost", {{"price", price}}}}, {{"schedule", schedule}}});
}

const Json* find(const Json& node, std::string_view key) {
  const Json* at = &node;
  while (!key.empty()) {
    const auto dot = key.find('.');
    const auto part = std::string(key.substr(0, dot));
    if (!at->is_object() || !at->contains(part) || at->at(part).is_null()) return nullptr;
    at = &at->at(part);
    key = dot == std::string_view::npos ? std::string_view{} : key.substr(dot + 1);
  }
  return at;
}

void set(Json& node, std::string_view key, const Json& value) {
  Json* at = &node;
  for (;;) {
    const auto dot = key.find('.');
    Json& child = (*at)[std::string(key.substr(0, dot))];
    if (dot == std::string_view::npos) {
      child = value;
      return;
    }
    if (!child.is_object()) child = Json::object();
    at = &child;
    key = key.substr(dot + 1);
  }
}

const Json& of(const PresetNumber& number, std::string_view preset) {
  if (preset == "conservative") return number.conservative;
  if (preset == "fast") return number.fast;
  return preset == "default" ? number.standard : number.built_in;
}

void add_leaves(const Json& node, const std::string& path, std::vector<NumberOrigin>& all) {
  if (node.is_object()) {
    for (const auto& [key, child] : node.items()) add_leaves(child, path + "." + key, all);
    return;
  }
  const bool listed = std::ranges::any_of(all, [&](const auto& known) { return known.key == path; });
  if (!listed) all.push_back({path, node, "file"});
}

}  // namespace

const std::vector<PresetNumber>& preset_numbers() {
  static const std::vector<PresetNumber> numbers = {
      same("monitor.every", "1h"),
      same("monitor.window", "1000rows"),
      same("monitor.min_rows", 200),
      differs("monitor.alpha", 0.01, 0.01, 0.05),
      differs("monitor.psi", 0.1, 0.2, 0.3),
      same("monitor.hold", 1),
      same("train.holdout", "20%"),
      same("train.min_rows", 30),
      same("train.limit", "4h"),
      same("train.seed", 42),
      differs("retrain.cooldown", "7d", "24h", "1h"),
      differs("retrain.min_priority", 3, 3, 2),
      same("retrain.aging", "24h"),
      same("retrain.max_latency", "24h"),
      {"retrain.when", policies(200, "0 3 1 1,4,7,10 *"), policies(50, "@monthly"), policies(20, "@weekly"), nullptr},
      differs("rollout.shadow", "24h", "24h", "1h"),
      differs("rollout.canary.steps", Json::array({"1%", "5%", "25%", "50%"}), Json::array({"5%", "25%"}),
              Json::array({"10%"})),
      differs("rollout.canary.bake", "24h", "24h", "1h"),
      differs("rollout.canary.min_samples", 1000, 1000, 100),
      differs("rollout.canary.max_regression", "2%", "5%", "5%"),
      differs("rollout.canary.confidence", "99%", "95%", "80%"),
      same("rollout.deadline", "30d"),
      same("rollout.rollback_on.latency_ms_p99", 200),
      same("rollout.rollback_on.error_rate", "1%"),
      differs("rollout.keep", 5, 3, 3),
      same("rollout.freeze_after", 3),
      same("rollout.max_per_day", 24),
  };
  return numbers;
}

const std::vector<std::string>& preset_names() {
  static const std::vector<std::string> names = {"conservative", "default", "fast"};
  return names;
}

namespace {

/// Some strategies have no steps of their own to say.
bool holds(const PresetNumber& number, const Json& model) {
  const Json* strategy = find(model, "rollout.strategy");
  return number.key != "rollout.canary.steps" || strategy == nullptr || *strategy == "canary" || *strategy == "none";
}

}  // namespace

Json with_preset(Json model, std::string_view preset) {
  for (const auto& number : preset_numbers())
    if (find(model, number.key) == nullptr && holds(number, model)) set(model, number.key, of(number, preset));
  return model;
}

std::vector<NumberOrigin> origins(const Json& own, std::string_view preset) {
  std::vector<NumberOrigin> all;
  for (const auto& number : preset_numbers()) {
    if (const Json* value = find(own, number.key)) all.push_back({number.key, *value, "file"});
    else if (holds(number, own))
      all.push_back({number.key, of(number, preset), preset.empty() ? "built-in" : "preset " + std::string(preset)});
  }
  for (const char* node : {"monitor", "train", "retrain", "rollout"})
    if (const Json* value = find(own, node)) add_leaves(*value, node, all);
  return all;
}

}  // namespace perennial::lifecycle
