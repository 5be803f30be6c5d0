// One switch instead of steps: the new version is compared in shadow on all traffic, then answers all of it, while the
// old one stays loaded, scores along and comes back on harm.

#include "rollout/strategies/members.hpp"

namespace perennial::rollout {
namespace {

Status shape_blue_green(const ConfigNode& rollout, Plan& plan) {
  if (const auto steps = rollout["canary"]["steps"]; steps.defined())
    return steps.error("'blue_green' has no steps", "strategy: canary");
  if (!plan.use_paired)
    return rollout["strategy"].error(
        "before its switch 'blue_green' is judged in shadow, which says nothing where "
        "outcomes depend on the answer",
        "strategy: canary");
  if (plan.shadow.empty())
    return rollout["shadow"].error("'blue_green' is judged in shadow before the switch", "such as shadow: 24h");
  plan.steps.clear();
  return {};
}

}  // namespace

Strategy blue_green_strategy() {
  return {{"blue_green",
           "shadow, then all of the traffic at once, then a watch with the old version ready to come back",
           {{"shadow", "24h", "> 0", "time or rows", "the analysis before the switch"},
            {"watch", "24h", ">= 0", "time or rows", "the analysis after it; the rest as for canary"}}},
          canary_strategy().decide,
          false,
          shape_blue_green};
}

}  // namespace perennial::rollout
