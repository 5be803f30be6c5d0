#include "app/backtest/tune.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/report/words.hpp"
#include "core/time.hpp"

namespace perennial::app {
namespace {

const BacktestLine* find(const Backtest& backtest, std::string_view policy) {
  for (const auto& line : backtest.lines)
    if (line.run.policy == policy) return &line;
  return nullptr;
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// Whether one of these is among the policies, or in an ensemble of them.
bool has(const Json& when, const std::vector<std::string_view>& keys) {
  return std::any_of(when.begin(), when.end(), [&](const Json& entry) {
    if (entry.is_string()) return std::ranges::find(keys, entry.get<std::string>()) != keys.end();
    if (!entry.is_object()) return false;
    for (const char* ensemble : {"any", "all", "at_least"}) {
      const auto members = entry.find(ensemble);
      if (members == entry.end()) continue;
      if (has(members->is_object() ? members->value("of", Json::array()) : *members, keys)) return true;
    }
    return std::ranges::any_of(keys, [&](std::string_view key) { return entry.contains(key); });
  });
}

/// `scheduled` for policies that only look at the clock, else `triggered`.
std::string strategy_of(const Json& when) {
  const bool clock_only = !when.empty() && std::all_of(when.begin(), when.end(), [](const Json& entry) {
    return entry.is_object() && (entry.contains("every") || entry.contains("schedule"));
  });
  return clock_only ? "scheduled" : "triggered";
}

/// An entry in the flow style of the docs: {decay: {metric: y.rmse, drop: 5%}}.
std::string flow(const Json& value) {
  if (value.is_object()) {
    std::string text = "{";
    for (const auto& [key, inner] : value.items()) text += (text.size() > 1 ? ", " : "") + key + ": " + flow(inner);
    return text + "}";
  }
  if (value.is_array()) {
    std::string text = "[";
    for (const auto& inner : value) text += (text.size() > 1 ? ", " : "") + flow(inner);
    return text + "]";
  }
  if (value.is_string()) {
    const auto text = value.get<std::string>();
    const bool plain = !text.empty() && text.find_first_of(" :,{}[]#&*!|>'\"%@`\\\n\t") == std::string::npos;
    // A percentage needs no quotes: '%' is special at the start only.
    const bool percent =
        text.size() > 1 && text.back() == '%' && text.find_first_not_of("0123456789.") == text.size() - 1;
    return plain || percent ? text : value.dump();
  }
  if (value.is_number_float()) return fmt::format("{:.6g}", value.get<double>());
  return value.dump();
}

std::string rows_in_words(double rows) { return number_in_words(std::round(rows)) + " rows"; }

void explain_choice(const Backtest& backtest, const BacktestLine& best, Proposal& proposal) {
  proposal.why.push_back(fmt::format("{} costs {} in all: {} of loss on {} scored rows and {} at {} each.",
                                     best.run.policy, number_in_words(best.total_cost), number_in_words(best.loss),
                                     number_in_words(static_cast<double>(backtest.scored_rows)),
                                     count_in_words(best.run.retrains, "retrain"),
                                     number_in_words(backtest.retrain_price)));
  if (const auto* never = find(backtest, "never"); never != nullptr && never != &best)
    proposal.why.push_back(fmt::format("Never retraining costs {}, {} more.", number_in_words(never->total_cost),
                                       number_in_words(never->total_cost - best.total_cost)));
  const BacktestLine* second = nullptr;
  for (const auto& line : backtest.lines)
    if (&line != &best && line.run.policy != "oracle" && line.run.policy != "never" &&
        (second == nullptr || line.total_cost < second->total_cost))
      second = &line;
  if (second != nullptr)
    proposal.why.push_back(
        fmt::format("The next best is {} with {}.", second->run.policy, number_in_words(second->total_cost)));
  if (const auto* oracle = find(backtest, "oracle"))
    proposal.why.push_back(fmt::format(
        "With hindsight {} would have done, at {} in all; retraining all the time for nothing would lose {}.",
        count_in_words(oracle->run.retrains, "retrain"), number_in_words(oracle->total_cost),
        number_in_words(backtest.floor)));
  if (best.run.wasted() > 0)
    proposal.why.push_back(fmt::format("{} of its {} led to no promotion: gates or rollout kept the champion.",
                                       best.run.wasted(), count_in_words(best.run.retrains, "retrain")));
}

void explain_needs(const Backtest& backtest, const BacktestLine& best, Proposal& proposal) {
  const auto scored = static_cast<double>(backtest.scored_rows);
  if (best.run.retrains == 0) {
    proposal.freshness.push_back("none beyond the first version: on this history a newer model is not worth its price");
  } else {
    proposal.freshness.push_back(
        fmt::format("a retrain every {} on average", rows_in_words(scored / static_cast<double>(best.run.retrains))));
    if (!best.run.rows_to_production.empty())
      proposal.freshness.push_back(fmt::format("{} from the start of a training to full traffic (median)",
                                               rows_in_words(median(best.run.rows_to_production))));
  }
  const double trainings = static_cast<double>(best.run.retrains) + 1;
  proposal.compute.push_back(fmt::format("{:.2g} s of processor time per training, {:.3g} s over this history",
                                         best.run.train_cpu_s / trainings, best.run.train_cpu_s));
  if (best.run.retrains > 0)
    proposal.labels.push_back("for every training the labels of its window, " + backtest.window);
  if (has(best.run.when, {"decay", "floor", "cost", "cara", "upf"}))
    proposal.labels.push_back("labels of served answers all the time: the policy looks at the live metric");
  else if (has(best.run.when, {"volume"})) proposal.labels.push_back("labels as they come: the policy counts them");
  else if (has(best.run.when, {"drift", "importance"}))
    proposal.labels.push_back("no labels to decide: the policy looks at the inputs");
  else if (best.run.retrains > 0) proposal.labels.push_back("no labels to decide: the policy looks at the clock");
  if (best.run.retrains > 0)
    proposal.labels.push_back("labels of shadow and canary answers, before a challenger takes over");
}

std::string fragment(const Backtest& backtest, const BacktestLine& best, const Proposal& proposal) {
  std::string yaml = fmt::format(
      "# Written by `perennial backtest --tune` from {} rows, one retrain priced at {} errors.\n"
      "# Put these keys into the entry of the model in `models:`; everything else stays.\n",
      backtest.rows, flow(backtest.retrain_price));
  for (const auto& sentence : proposal.why) yaml += "# " + sentence + "\n";
  yaml += "strategy: " + proposal.strategy + "\n";
  yaml += "retrain:\n";
  yaml += fmt::format("  {}: {}   # as in the backtest\n", backtest.window.starts_with('[') ? "candidates" : "window",
                      backtest.window);
  yaml += "  cooldown: 0s         # the backtest let every request through; the policy itself holds back\n";
  yaml += "  min_priority: 1\n";
  if (best.run.when.empty()) return yaml + "  when: []             # no policy: a person may still ask for a retrain\n";
  yaml += "  when:\n";
  for (const auto& entry : best.run.when) yaml += "    - " + flow(entry) + "\n";
  return yaml;
}

}  // namespace

Result<Proposal> propose(const Backtest& backtest) {
  const BacktestLine* best = nullptr;
  for (const auto& line : backtest.lines) {
    if (line.run.policy == "oracle") continue;
    if (best == nullptr || line.total_cost < best->total_cost ||
        (line.total_cost == best->total_cost && line.run.retrains < best->run.retrains))
      best = &line;
  }
  if (best == nullptr)
    return fail(ErrorCode::invalid, "there is no policy to propose", "--policies", "name at least one beside oracle");
  Proposal proposal;
  proposal.policy = best->run.policy;
  proposal.strategy = strategy_of(best->run.when);
  explain_choice(backtest, *best, proposal);
  explain_needs(backtest, *best, proposal);
  proposal.yaml = fragment(backtest, *best, proposal);
  return proposal;
}

}  // namespace perennial::app
