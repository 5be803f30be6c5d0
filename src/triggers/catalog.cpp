#include "triggers/policies/members.hpp"

namespace perennial::triggers {

const Catalog<PolicyKind>& policies() {
  static const Catalog<PolicyKind> catalog("trigger policy", {
                                                                 schedule_kind(),
                                                                 cost_kind(),
                                                                 cara_kind(),
                                                                 upf_kind(),
                                                                 any_kind(),
                                                                 all_kind(),
                                                                 at_least_kind(),
                                                                 drift_kind(),
                                                                 decay_kind(),
                                                                 importance_kind(),
                                                                 floor_kind(),
                                                                 volume_kind(),
                                                                 event_kind(),
                                                                 manual_kind(),
                                                                 none_kind(),
                                                             });
  return catalog;
}

}  // namespace perennial::triggers
