#pragma once
// Named sets of numbers for `preset:` of a model: one table, so that no two places can contradict each other (trap 28).

#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"

namespace perennial::lifecycle {

/// One number of the table. `key` is its path in a model's node, such as "rollout.canary.bake".
struct PresetNumber {
  std::string key;
  Json conservative;  ///< high stakes: early alarms, small steps, few retrains
  Json standard;      ///< `preset: default`
  Json fast;          ///< low stakes: late alarms, short rollouts, many retrains
  Json built_in;      ///< what holds where the file names neither the key nor a preset; null = nothing
};

const std::vector<PresetNumber>& preset_numbers();
/// conservative, default, fast.
const std::vector<std::string>& preset_names();

/// The model's node with the preset's numbers where it has none of its own. `preset` is one of preset_names().
Json with_preset(Json model, std::string_view preset);

/// Where a number comes from, for `explain config`.
struct NumberOrigin {
  std::string key;
  Json value;
  std::string origin;  ///< "file", "preset fast", "built-in"
};

/// Every number of the table, then whatever else the file sets in monitor, train, retrain, rollout. `own` is the
/// model's node as it stands in the file, `preset` its preset or empty.
std::vector<NumberOrigin> origins(const Json& own, std::string_view preset);

}  // namespace perennial::lifecycle
