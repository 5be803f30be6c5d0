#include "rollout/strategies/members.hpp"

namespace perennial::rollout {

const Catalog<Strategy>& strategies() {
  static const Catalog<Strategy> catalog("rollout strategy", {
                                                                 canary_strategy(),
                                                                 linear_strategy(),
                                                                 blue_green_strategy(),
                                                                 ab_test_strategy(),
                                                                 none_strategy(),
                                                             });
  return catalog;
}

}  // namespace perennial::rollout
