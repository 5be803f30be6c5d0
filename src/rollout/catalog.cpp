#include "rollout/strategies/members.hpp"

namespace perennial::rollout {

const Catalog<Strategy>& strategies() {
  static const Catalog<Strategy> catalog("rollout strategy", {
                                                                 canary_strategy(),
                                                                 none_strategy(),
                                                             });
  return catalog;
}

}  // namespace perennial::rollout
