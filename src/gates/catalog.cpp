#include "gates/checks/members.hpp"

namespace perennial::gates {

const Catalog<CheckKind>& checks() {
  static const Catalog<CheckKind> catalog("gate check", {
                                                            absolute_kind(),
                                                            champion_non_inferior_kind(),
                                                            champion_better_kind(),
                                                            none_kind(),
                                                        });
  return catalog;
}

}  // namespace perennial::gates
