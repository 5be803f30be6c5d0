#include "drift/estimators/choice.hpp"

#include <fmt/format.h>

namespace perennial::drift {

Result<EstimateChoice> EstimateChoice::parse(const ConfigNode& node) {
  EstimateChoice choice;
  if (!node.defined()) return choice;
  if (node.is_scalar()) {
    ASSIGN_OR_RETURN(const std::string word, node.text());
    if (word != "none" && word != "on")
      return node.error(fmt::format("'{}' is not a way to estimate", word), "on, none, or a map of settings");
    choice.on = word == "on";
    return choice;
  }
  PERENNIAL_TRY(node.check_keys({"drop", "labelled"}));
  if (const auto drop = node["drop"]; drop.defined()) {
    ASSIGN_OR_RETURN(choice.drop, drop.share());
    if (!(choice.drop > 0)) return drop.error("a fall is above 0");
  }
  if (const auto labelled = node["labelled"]; labelled.defined()) {
    ASSIGN_OR_RETURN(choice.labelled, labelled.share());
    if (!(choice.labelled > 0)) return labelled.error("a share of rows is above 0");
  }
  return choice;
}

}  // namespace perennial::drift
