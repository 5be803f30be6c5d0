// Retrains by staleness cost against retraining cost: Mahadevan and Mathioudakis, "Cost-aware retraining for machine
// learning", Knowledge-Based Systems 293 (2024). Staleness is what the champion loses beyond what it lost when it was
// new; the thresholds follow from the price instead of being fitted on a first part of the stream.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "triggers/policies/priced.hpp"

namespace perennial::triggers {
namespace {

constexpr std::uint64_t default_horizon_rows = 1000;
constexpr std::uint64_t first_period_rows = 5000;

class CaraPolicy final : public PricedPolicy {
 public:
  enum class Variant { threshold, cumulative, periodic } variant = Variant::cumulative;
  std::uint64_t horizon = default_horizon_rows;  ///< threshold: rows that the present staleness is charged for
  std::uint64_t every = 0;                       ///< periodic: rows; 0 = from the price and the observed staleness

  std::string describe() const override {
    if (variant == Variant::threshold)
      return fmt::format("when the staleness of the newest {} blocks, kept up for {} rows, exceeds {}", newest_blocks,
                         horizon, price_in_words());
    if (variant == Variant::cumulative)
      return fmt::format("when the staleness since the champion began adds up to {}", price_in_words());
    return every > 0 ? fmt::format("every {} labelled rows", every)
                     : fmt::format("every so many rows as {} and the growth of staleness ask for", price_in_words());
  }

 protected:
  Finding weigh(const TriggerInputs& inputs, double one) const override {
    const auto all = tenures(inputs.losses);
    const Tenure& now = all.back();
    if (variant == Variant::periodic) return by_period(inputs, all, one);
    const auto beyond = excess(inputs.losses, now, FreshLevel::own_start, one);
    if (beyond.size() <= start_blocks)
      return {.reason = "the champion is too new to be stale", .measured = not_measured, .threshold = price};
    if (variant == Variant::cumulative) {
      const double sum = std::accumulate(beyond.begin(), beyond.end(), 0.0);
      return compared(sum, fmt::format("staleness of {:.1f} errors over {} rows", sum, tenure_rows(inputs, now)));
    }
    const auto level = newest_level(std::span(beyond).subspan(start_blocks), newest_blocks);
    const double charge = level.mean * static_cast<double>(horizon) / static_cast<double>(inputs.losses.back().rows);
    return compared(charge, fmt::format("staleness of {:.1f} errors over the next {} rows", charge, horizon));
  }

 private:
  Finding compared(double measured, const std::string& what) const {
    const bool fired = measured >= price;
    return {.fired = fired,
            .reason = fmt::format("{} {} the price of {:.4g}", what, fired ? "reaches" : "is below", price),
            .measured = measured,
            .threshold = price};
  }

  /// With staleness growing by s errors per row and row, retraining every T rows costs price/T + s·T/2 per row: least
  /// at T = sqrt(2·price/s). The slope is that of all tenures so far through their start.
  Finding by_period(const TriggerInputs& inputs, const std::vector<Tenure>& all, double one) const {
    std::uint64_t period = every;
    if (period == 0) {
      double xy = 0;
      double xx = 0;
      for (const auto& tenure : all) {
        const auto beyond = excess(inputs.losses, tenure, FreshLevel::own_start, one);
        for (std::size_t b = start_blocks; b < beyond.size(); ++b) {
          const auto rows = static_cast<double>(inputs.losses[tenure.first + b].rows);
          const double age = (static_cast<double>(b) + 0.5) * rows;
          xy += age * beyond[b] / rows;
          xx += age * age;
        }
      }
      period = first_period_rows;
      if (xx > 0)
        period =
            xy > 0 ? static_cast<std::uint64_t>(std::clamp(std::sqrt(2 * price * xx / xy), 100.0, 1e9)) : 1'000'000'000;
    }
    const std::uint64_t age = tenure_rows(inputs, all.back());
    const bool fired = age >= period;
    return {.fired = fired,
            .reason = fired ? fmt::format("the champion has served {} rows, the period is {}", age, period)
                            : fmt::format("the champion has served {} rows of its period of {}", age, period),
            .measured = static_cast<double>(age),
            .threshold = static_cast<double>(period)};
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"cara", "priority"}));
  const auto node = item["cara"];
  TRY(node.check_keys({"variant", "price", "unit", "horizon", "every"}));
  auto policy = std::make_shared<CaraPolicy>();
  TRY(read_price(node, *policy));
  using Variant = CaraPolicy::Variant;
  if (const auto variant = node["variant"]; variant.defined()) {
    ASSIGN_OR_RETURN(const std::string name, variant.text());
    if (name == "threshold") policy->variant = Variant::threshold;
    else if (name == "cumulative") policy->variant = Variant::cumulative;
    else if (name == "periodic") policy->variant = Variant::periodic;
    else
      return unknown_name("variant", name, std::vector<std::string>{"threshold", "cumulative", "periodic"},
                          variant.place());
  }
  const auto rows_of = [&](const char* key, Variant needed, std::uint64_t& into) -> Status {
    const auto value = node[key];
    if (!value.defined()) return {};
    if (policy->variant != needed)
      return value.error(
          fmt::format("'{}' goes with the variant {}", key, needed == Variant::threshold ? "threshold" : "periodic"));
    ASSIGN_OR_RETURN(const Span span, value.span());
    if (span.rows == 0) return value.error("a number of rows is expected here", "such as 1000rows");
    into = span.rows;
    return {};
  };
  TRY(rows_of("horizon", Variant::threshold, policy->horizon));
  TRY(rows_of("every", Variant::periodic, policy->every));
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind cara_kind() {
  return {{"cara",
           "the loss beyond that of the champion's first rows against the price of a retrain",
           {{"variant", "cumulative", "one of threshold, cumulative, periodic", "", "how staleness is charged"},
            {"price", "50", "> 0", "errors", "of one retrain"},
            {"unit", "the mean squared error of the first 1000 answers", "> 0", "squared error",
             "regression: what costs as much as one wrong class"},
            {"horizon", "1000rows", "> 0", "rows", "threshold: how long the present staleness is charged"},
            {"every", "from price and staleness", "> 0", "rows", "periodic: the period"},
            {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
