#pragma once
// One rollout strategy. Adding one is a file in strategies/ and a line in catalog.cpp.

#include "core/catalog.hpp"
#include "rollout/decide.hpp"

namespace perennial::rollout {

struct Strategy {
  CatalogEntry entry;
  /// Called while the rollout is not over.
  Action (*decide)(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now);
};

/// canary (shadow → canary → full), none (holds for ever).
const Catalog<Strategy>& strategies();

}  // namespace perennial::rollout
