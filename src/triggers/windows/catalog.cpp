#include <fmt/ranges.h>

#include "triggers/windows/members.hpp"

namespace perennial::triggers {

const Catalog<WindowKind>& windows() {
  static const Catalog<WindowKind> catalog("training window", {
                                                                  sliding_kind(),
                                                                  expanding_kind(),
                                                                  since_last_retrain_kind(),
                                                                  since_change_kind(),
                                                                  recency_weighted_kind(),
                                                              });
  return catalog;
}

Result<std::shared_ptr<const Window>> parse_window(const ConfigNode& node) {
  if (node.is_scalar()) {
    ASSIGN_OR_RETURN(const std::string text, node.text());
    if (!text.empty() && text[0] >= '0' && text[0] <= '9') return sliding_kind().make(node);
    ASSIGN_OR_RETURN(const WindowKind* kind, windows().find(text, node.place()));
    auto made = kind->make({});
    if (!made && made.error().where.empty()) return node.error(made.error().what, made.error().hint);
    return made;
  }
  const auto keys = node.keys();
  if (keys.size() != 1)
    return node.error("a training window is a span or one name with its parameters",
                      fmt::format("such as 90d, 10000rows, or one of {}", fmt::join(windows().names(), ", ")));
  ASSIGN_OR_RETURN(const WindowKind* kind, windows().find(keys[0], node.place()));
  return kind->make(node[keys[0]]);
}

}  // namespace perennial::triggers
