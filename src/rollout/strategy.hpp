#pragma once
// One rollout strategy. Adding one is a file in strategies/ and a line in catalog.cpp.

#include "core/catalog.hpp"
#include "core/config_node.hpp"
#include "rollout/decide.hpp"

namespace perennial::rollout {

struct Strategy {
  CatalogEntry entry;
  /// Called while the rollout is not over.
  Action (*decide)(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now);
  /// True where `rollout:` may have a node with the strategy's name, for numbers that only it has.
  bool has_node = false;
  /// Brings a plan with all that strategies share into this strategy's shape; may be null. Error: config.
  Status (*shape)(const ConfigNode& rollout, Plan& plan) = nullptr;
};

/// canary (shadow → growing shares → full), linear (a canary whose steps are counted out), blue_green (shadow → full,
/// with a watch), ab_test (two arms until one is shown to be better), none (waits for a person).
const Catalog<Strategy>& strategies();

}  // namespace perennial::rollout
