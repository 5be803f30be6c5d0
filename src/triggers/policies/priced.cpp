#include "triggers/policies/priced.hpp"

#include <fmt/format.h>

namespace perennial::triggers {
namespace {

std::uint64_t end_of(const LossBlock& block) { return block.from_row + block.rows; }

}  // namespace

std::optional<Finding> PricedPolicy::look(const TriggerInputs& inputs, const TriggerMemory& memory, TimePoint) const {
  if (inputs.losses.empty()) return std::nullopt;
  const auto seen = memory.looked_rows.find(label());
  if (seen != memory.looked_rows.end() && end_of(inputs.losses.back()) <= seen->second) return std::nullopt;
  return weigh(inputs, unit.value_or(inputs.loss_unit));
}

void PricedPolicy::remember(const TriggerInputs& inputs, bool, TimePoint, TriggerMemory& memory) const {
  if (!inputs.losses.empty()) memory.looked_rows[label()] = end_of(inputs.losses.back());
}

std::string PricedPolicy::price_in_words() const {
  return unit ? fmt::format("a price of {:.4g} errors (one is {:.4g} of squared error)", price, *unit)
              : fmt::format("a price of {:.4g} errors", price);
}

Status read_price(const ConfigNode& node, PricedPolicy& policy) {
  if (const auto price = node["price"]; price.defined()) {
    ASSIGN_OR_RETURN(policy.price, price.number());
    if (policy.price <= 0 || policy.price > most_price)
      return price.error("the price of a retrain is a number of errors above 0", "such as 50");
  }
  if (const auto unit = node["unit"]; unit.defined()) {
    ASSIGN_OR_RETURN(policy.unit, unit.number());
    if (*policy.unit <= 0)
      return unit.error("the unit is the squared error that costs as much as one wrong class, above 0", "such as 1.0");
  }
  return {};
}

std::uint64_t tenure_rows(const TriggerInputs& inputs, const Tenure& tenure) {
  return end_of(inputs.losses.back()) - inputs.losses[tenure.first].from_row;
}

}  // namespace perennial::triggers
