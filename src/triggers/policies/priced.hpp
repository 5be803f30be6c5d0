#pragma once
// What the policies have in common that weigh loss against the price of a retrain: cost, cara, upf.

#include "triggers/policies/members.hpp"
#include "triggers/staleness.hpp"

namespace perennial::triggers {

inline constexpr double default_price = 50;      ///< errors that one retrain costs
inline constexpr std::size_t newest_blocks = 5;  ///< blocks that "now" is made of
inline constexpr double most_price = 1e12;

/// Looks once per complete block of losses and never at a block that another look has had.
class PricedPolicy : public Policy {
 public:
  double price = default_price;
  std::optional<double> unit;  ///< raw loss that counts as one error; unset: TriggerInputs::loss_unit

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory& memory, TimePoint now) const final;
  void remember(const TriggerInputs& inputs, bool started, TimePoint now, TriggerMemory& memory) const final;

 protected:
  /// The verdict at the end of a block; `one` is the raw loss of one error. There is at least one block.
  virtual Finding weigh(const TriggerInputs& inputs, double one) const = 0;
  /// "price 50 errors", with the unit where it is given.
  std::string price_in_words() const;
};

/// Reads `price` and `unit` of a policy's node into `policy`. Errors: config.
Status read_price(const ConfigNode& node, PricedPolicy& policy);

/// Labelled answers between the first block of this tenure and now.
std::uint64_t tenure_rows(const TriggerInputs& inputs, const Tenure& tenure);

}  // namespace perennial::triggers
