// The product's own rule: retrains when waiting has cost as much as a retrain does, and a retrain is expected to help.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "triggers/policies/priced.hpp"

namespace perennial::triggers {
namespace {

class CostPolicy final : public PricedPolicy {
 public:
  std::string describe() const override {
    return fmt::format("when what waiting has cost reaches {}, less what retrains failed to bring before",
                       price_in_words());
  }

 protected:
  Finding weigh(const TriggerInputs& inputs, double one) const override {
    const auto all = tenures(inputs.losses);
    const auto beyond = excess(inputs.losses, all.back(), FreshLevel::estimate, one);
    double regret = 0;
    for (const double value : beyond) regret = std::max(0.0, regret + value);
    const Level now = newest_level(beyond, newest_blocks);
    const bool fired = regret >= price && now.mean > 0;
    return {.fired = fired,
            .reason = fmt::format("waiting has cost {:.1f} errors and costs {:.2f} per 100 rows now, {} the price of "
                                  "{:.4g}",
                                  regret, now.mean, fired ? "at or above" : "below", price),
            .measured = regret,
            .threshold = price};
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  auto policy = std::make_shared<CostPolicy>();
  if (!item.is_scalar()) {
    TRY(item.check_keys({"cost", "priority"}));
    const auto node = item["cost"];
    TRY(node.check_keys({"price", "unit"}));
    TRY(read_price(node, *policy));
  }
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind cost_kind() {
  return {{"cost",
           "what waiting costs against the price of a retrain, in errors; learns from what retrains have brought",
           {{"price", "50", "> 0", "errors", "of one retrain"},
            {"unit", "the mean squared error of the first 1000 answers", "> 0", "squared error",
             "regression: what costs as much as one wrong class"},
            {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
