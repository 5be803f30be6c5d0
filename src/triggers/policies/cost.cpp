// The product's own rule: retrains when waiting for a fresh model has cost as much as a retrain does. That is how one
// rents skis without knowing how long the snow will stay (Karlin et al. 1988): at most twice the cost of who knows, and
// where the loss grows steadily exactly the best period (docs/decisions/008-the-cost-policy.md).

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "triggers/policies/priced.hpp"

namespace perennial::triggers {
namespace {

constexpr std::size_t least_blocks = 4;       ///< of a tenure before it is judged
constexpr double certainty = 2.0;             ///< standard errors by which the present excess must be above 0
constexpr double least_variance = 0.25;       ///< of one block's excess, in errors squared
constexpr double prior_prices = 1;            ///< gain of a retrain that is taken to have come as estimated, beforehand
constexpr std::size_t retrains_counted = 10;  ///< the newest; the world may have changed since earlier ones
constexpr double least_cure = 0.1;
constexpr double most_cure = 4;
constexpr std::size_t lasting_counted = 400;  ///< the newest pairs of blocks that say how long a gain lasts
constexpr double least_lasting = 0.1;
constexpr std::size_t tries_counted = 20;  ///< the newest retrains, promoted or not
/// Blocks that "now" may be made of; the width that shows the most is taken, as a change may be new or old.
constexpr std::array<std::size_t, 6> widths = {3, 5, 10, 20, 40, 80};

class CostPolicy final : public PricedPolicy {
 public:
  bool wants_fresh_loss() const override { return true; }

  std::string describe() const override {
    return fmt::format(
        "when waiting for a fresh model has cost, or is expected to cost, {}; more after retrains that "
        "brought little or came to nothing, and where what is learned does not last",
        price_in_words());
  }

 protected:
  Finding weigh(const TriggerInputs& inputs, double one) const override {
    const auto all = tenures(inputs.losses);
    const auto whole = excess(inputs.losses, all.back(), FreshLevel::estimate, one);
    const Tries tries = tries_of(inputs.retrains);
    const auto since = std::span(whole).subspan(counted_from(inputs, all.back(), whole.size()));
    const double cure = cure_so_far(inputs, one);
    const double lasts = lasting_so_far(inputs, all, one);
    // Both say how much less a version gains than the estimate: where they agree, it is the same loss seen twice.
    const double share = cure > 1 ? cure * lasts : std::min(cure, lasts);
    const double asked = price / share * tries.per_promotion();

    // A stretch in which the champion did better than the estimate is no credit for later.
    double lost = 0;
    for (const double value : since) lost = std::max(0.0, lost + value);
    Finding finding{.measured = lost, .threshold = asked};
    if (since.size() < least_blocks) {
      finding.reason = fmt::format("the champion is too new to be judged: {} blocks of {}", since.size(), least_blocks);
      return finding;
    }
    const double now = std::max(0.0, surely_now(since));
    finding.measured = lost + now;
    finding.fired = now > 0 && finding.measured >= asked;
    finding.reason = fmt::format(
        "waiting has cost {:.1f} errors and will cost {:.1f} until the next look; {} {:.1f} (price {:.4g}; {:.0f} of "
        "{:.0f} retrains in vain; promoted versions gained {:.0f} % of the estimate; {:.0f} % of a gain is left after "
        "{} rows)",
        lost, now, finding.fired ? "a retrain pays from" : "a retrain would pay from", asked, price,
        tries.ended - tries.promoted, tries.ended, 100 * cure, 100 * lasts, aged_blocks * loss_block_rows);
    return finding;
  }

 private:
  /// What became of the newest retrains.
  struct Tries {
    double ended = 0;
    double promoted = 0;
    /// Retrains that have to be paid for one that serves: one promotion is taken to have been there beforehand.
    double per_promotion() const { return (ended + 1) / (promoted + 1); }
  };

  static Tries tries_of(std::span<const PastRetrain> retrains) {
    Tries tries;
    for (const auto& retrain : retrains.last(std::min(tries_counted, retrains.size()))) {
      if (retrain.outcome == RetrainOutcome::running) continue;
      ++tries.ended;
      if (retrain.outcome == RetrainOutcome::promoted) ++tries.promoted;
    }
    return tries;
  }

  /// The first block of the tenure that counts: what was lost before a retrain in vain has been answered by it.
  static std::size_t counted_from(const TriggerInputs& inputs, const Tenure& tenure, std::size_t blocks) {
    std::size_t from = 0;
    for (const auto& retrain : inputs.retrains)
      while (from < blocks && inputs.losses[tenure.first + from].from_row < retrain.requested_row) ++from;
    return from;
  }

  static double surely_now(std::span<const double> values) {
    double squares = 0;
    for (std::size_t i = 1; i < values.size(); ++i) squares += std::pow(values[i] - values[i - 1], 2);
    const double variance = std::max(least_variance, squares / (2 * static_cast<double>(values.size() - 1)));
    double most = -1e300;
    for (const std::size_t width : widths) {
      if (width > values.size()) break;
      double sum = 0;
      for (const double value : values.last(width)) sum += value;
      const auto n = static_cast<double>(width);
      most = std::max(most, sum / n - certainty * std::sqrt(variance / n));
    }
    return most;
  }

  /// The share of what a newly learned correction gains that it still gains 1000 rows later, between least_lasting
  /// and 1. Beforehand, a gain as large as the price is taken to have lasted.
  double lasting_so_far(const TriggerInputs& inputs, const std::vector<Tenure>& all, double one) const {
    const Lasting gains = lasting(inputs.losses, all, lasting_counted, one);
    return std::clamp((price + std::max(0.0, gains.aged)) / (price + std::max(0.0, gains.fresh)), least_lasting, 1.0);
  }

  /// What promoted versions gained on the rows of their rollouts, in relation to what the correction gained on the same
  /// rows, over the newest ones, between least_cure and most_cure. Beforehand, a gain of prior_prices prices is taken
  /// to have been as large as estimated.
  double cure_so_far(const TriggerInputs& inputs, double one) const {
    double gained = 0;
    double estimated = 0;
    const auto newest = inputs.retrains.last(std::min(retrains_counted, inputs.retrains.size()));
    for (const auto& retrain : newest) {
      if (retrain.outcome != RetrainOutcome::promoted) continue;
      gained += (retrain.paired.champion - retrain.paired.challenger) / one;
      estimated += (retrain.paired.champion - retrain.paired.corrected) / one;
    }
    const double prior = prior_prices * price;
    return std::clamp((prior + gained) / (prior + std::max(0.0, estimated)), least_cure, most_cure);
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
