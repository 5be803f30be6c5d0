// Retrains by a forecast of performance with its uncertainty, after Regol et al., "When to retrain a machine learning
// model", ICML 2025: what the champion and a retrained model would lose over the coming rows is forecast from all
// tenures so far, and a retrain must pay with a stated probability. The forecast here is a Bayesian line in the age of
// a model; the paper leaves the regressor open.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/special.hpp"
#include "triggers/policies/priced.hpp"

namespace perennial::triggers {
namespace {

constexpr std::uint64_t default_horizon_rows = 5000;
constexpr double default_confidence = 0.5;
/// Before anything is seen, ageing by one horizon is expected to change the loss by 0 ± this share of a row's loss.
constexpr double prior_spread = 0.1;

/// Loss beyond the start of a tenure = slope · age, with normal noise; slope ~ normal(0, spread²) beforehand.
struct Line {
  double slope = 0;
  double variance = 0;
};

class UpfPolicy final : public PricedPolicy {
 public:
  std::uint64_t horizon = default_horizon_rows;
  double confidence = default_confidence;
  double z = 0;

  std::string describe() const override {
    return fmt::format("when a retrain is forecast to save {} within {} rows, with a probability of {}",
                       price_in_words(), horizon, percent(confidence));
  }

 protected:
  Finding weigh(const TriggerInputs& inputs, double one) const override {
    const auto all = tenures(inputs.losses);
    const auto rows = static_cast<double>(inputs.losses.back().rows);
    const auto now = excess(inputs.losses, all.back(), FreshLevel::own_start, one);
    const Line line = fitted(inputs, all, one);
    const auto ahead = static_cast<double>(horizon);
    // Kept: the present excess, and ageing goes on. Retrained: ageing begins anew. What both will age is the same, so
    // the saving is the present excess, known from the line and from the newest blocks, over the horizon.
    const double age = static_cast<double>(now.size()) * rows;
    double gain = line.slope * age;
    double variance = line.variance * age * age;
    if (now.size() > start_blocks) {
      const auto level = newest_level(std::span(now).subspan(start_blocks), newest_blocks);
      const double seen = level.mean / rows;
      const double noise = std::isfinite(level.standard_error) ? std::pow(level.standard_error / rows, 2) : 0;
      if (noise > 0) {
        const double weight = variance / (variance + noise);
        gain += weight * (seen - gain);
        variance *= 1 - weight;
      }
    }
    const double saving = gain * ahead;
    const double least = saving - z * std::sqrt(variance) * ahead;
    const bool fired = least >= price;
    return {.fired = fired,
            .reason = fmt::format("a retrain is forecast to save {:.1f} errors ({:.1f} with a probability of {}) over "
                                  "{} rows, {} the price of {:.4g}",
                                  saving, least, percent(confidence), horizon, fired ? "at or above" : "below", price),
            .measured = least,
            .threshold = price};
  }

 private:
  Line fitted(const TriggerInputs& inputs, const std::vector<Tenure>& all, double one) const {
    double xx = 0;
    double xy = 0;
    double loss = 0;
    double seen_rows = 0;
    std::vector<std::pair<double, double>> points;
    for (const auto& tenure : all) {
      const auto beyond = excess(inputs.losses, tenure, FreshLevel::own_start, one);
      for (std::size_t b = 0; b < beyond.size(); ++b) {
        const auto& block = inputs.losses[tenure.first + b];
        const auto rows = static_cast<double>(block.rows);
        loss += block.loss / one;
        seen_rows += rows;
        if (b < start_blocks) continue;
        points.emplace_back((static_cast<double>(b) + 0.5) * rows, beyond[b] / rows);
        xx += points.back().first * points.back().first;
        xy += points.back().first * points.back().second;
      }
    }
    const double spread = prior_spread * (loss / seen_rows) / static_cast<double>(horizon);
    const double prior = spread > 0 ? 1 / (spread * spread) : 1e30;
    double squares = 0;
    const double plain = xx > 0 ? xy / xx : 0;
    for (const auto& [age, value] : points) squares += std::pow(value - plain * age, 2);
    if (points.size() < 2 || squares <= 0) return {0, 1 / prior};
    const double precision = static_cast<double>(points.size() - 1) / squares;
    return {precision * xy / (prior + precision * xx), 1 / (prior + precision * xx)};
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"upf", "priority"}));
  const auto node = item["upf"];
  TRY(node.check_keys({"price", "unit", "horizon", "confidence"}));
  auto policy = std::make_shared<UpfPolicy>();
  TRY(read_price(node, *policy));
  if (const auto value = node["horizon"]; value.defined()) {
    ASSIGN_OR_RETURN(const Span span, value.span());
    if (span.rows == 0) return value.error("the horizon is a number of rows", "such as 5000rows");
    policy->horizon = span.rows;
  }
  if (const auto value = node["confidence"]; value.defined()) {
    ASSIGN_OR_RETURN(policy->confidence, value.share());
    if (policy->confidence < 0.5 || policy->confidence >= 1)
      return value.error("a confidence is at least 50 % and below 100 %", "such as 80%");
  }
  policy->z = stats::normal_quantile(policy->confidence);
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind upf_kind() {
  return {{"upf",
           "a forecast of what a retrain would save, with its uncertainty, against its price",
           {{"price", "50", "> 0", "errors", "of one retrain"},
            {"unit", "the mean squared error of the first 1000 answers", "> 0", "squared error",
             "regression: what costs as much as one wrong class"},
            {"horizon", "5000rows", "> 0", "rows", "how far is looked ahead"},
            {"confidence", "50 %", "50..100 %", "probability", "that the retrain pays"},
            {"priority", "3", "1..5", "", "of the request"}}},
          make};
}

}  // namespace perennial::triggers
