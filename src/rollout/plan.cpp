#include "rollout/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rollout/judge.hpp"
#include "rollout/strategy.hpp"

namespace perennial::rollout {
namespace {

constexpr std::size_t most_steps = 100;

Result<Span> positive_span(const ConfigNode& node) {
  ASSIGN_OR_RETURN(const Span span, node.span());
  if (span.empty()) return node.error("a length above 0 is expected here", "such as 24h or 1000rows");
  return span;
}

Result<double> weight_of(const ConfigNode& node) {
  ASSIGN_OR_RETURN(const double weight, node.share());
  if (weight <= 0) return node.error("a weight is above 0", "such as 5%");
  return weight;
}

Status parse_canary(const ConfigNode& canary, Plan& plan, bool& has_last) {
  TRY(canary.check_keys({"steps", "bake", "min_samples", "max_regression", "confidence"}));
  Span bake{.duration = default_bake, .rows = 0};
  if (const auto node = canary["bake"]; node.defined()) {
    ASSIGN_OR_RETURN(bake, positive_span(node));
    for (auto& step : plan.steps) step.bake = bake;
  }
  if (const auto steps = canary["steps"]; steps.defined()) {
    if (!steps.is_list())
      return steps.error("a list of steps is expected here", "such as [{weight: 5%, bake: 24h}] or [5%, 25%]");
    plan.steps.clear();
    for (const auto& item : steps.items()) {
      if (plan.steps.size() >= most_steps) return steps.error(fmt::format("more than {} steps", most_steps));
      if (has_last) return item.error("a step after the one of 100 %");
      Step step{.weight = 0, .bake = bake};
      if (item.is_map()) {
        TRY(item.check_keys({"weight", "bake"}));
        ASSIGN_OR_RETURN(step.weight, weight_of(item["weight"]));
        if (const auto node = item["bake"]; node.defined()) {
          ASSIGN_OR_RETURN(step.bake, positive_span(node));
        }
      } else {
        ASSIGN_OR_RETURN(step.weight, weight_of(item));
      }
      if (!plan.steps.empty() && step.weight <= plan.steps.back().weight)
        return item.error("the weights of the steps must increase", "so that nobody moves back and forth");
      if (step.weight >= 1) {
        has_last = true;
      } else {
        plan.steps.push_back(step);
      }
    }
  }
  if (const auto node = canary["min_samples"]; node.defined()) {
    ASSIGN_OR_RETURN(const std::int64_t samples, node.integer(1, 1'000'000'000));
    plan.min_samples = static_cast<std::uint64_t>(samples);
  }
  if (const auto node = canary["max_regression"]; node.defined()) {
    ASSIGN_OR_RETURN(plan.max_regression, node.share());
  }
  if (const auto node = canary["confidence"]; node.defined()) {
    ASSIGN_OR_RETURN(plan.confidence, node.share());
    if (plan.confidence < 0.5 || plan.confidence > 0.9999)
      return node.error("a confidence from 50 % to 99.99 % is expected here");
  }
  return {};
}

/// The dwells before the promotion that are counted like the deadline, and how many phases there are.
Span sum_of_dwells(const Plan& plan, std::uint64_t& phases) {
  Span sum = plan.shadow;
  phases = plan.shadow.empty() ? 0 : 1;
  for (const auto& step : plan.steps) {
    sum.duration += step.bake.duration;
    sum.rows += step.bake.rows;
    ++phases;
  }
  return sum;
}

Status parse_deadline(const ConfigNode& rollout, Plan& plan) {
  const ConfigNode node = rollout["deadline"];
  if (node.defined()) {
    ASSIGN_OR_RETURN(plan.deadline, positive_span(node));
    if (plan.deadline.duration > longest_rollout)
      return node.error("a rollout lasts 30 days at most", "what has not been shown by then will not be");
  }
  if (const auto then = rollout["at_deadline"]; then.defined()) {
    ASSIGN_OR_RETURN(const std::string end, then.text());
    if (end != "archive" && end != "quarantine")
      return then.error(fmt::format("'{}' is not how a rollout ends at its deadline", end),
                        "archive: not shown to be good; quarantine: never again");
    plan.quarantine_at_deadline = end == "quarantine";
  }
  std::uint64_t phases = 0;
  const Span dwells = sum_of_dwells(plan, phases);
  const bool fits =
      plan.deadline.rows > 0 ? dwells.rows < plan.deadline.rows : dwells.duration < plan.deadline.duration;
  if (!fits)
    return (node.defined() ? node : rollout)
        .error(fmt::format("the phases alone last longer than the deadline of {}", format_span(plan.deadline)),
               "shorten shadow and bakes, or give a later deadline (30 days at most)");
  return {};
}

}  // namespace

const Span& dwell_of(const Plan& plan, Phase phase, std::size_t step) {
  return phase == Phase::shadow || step >= plan.steps.size() ? plan.shadow : plan.steps[step].bake;
}

Span phase_deadline(const Plan& plan, Phase phase, std::size_t step) {
  std::uint64_t phases = 0;
  const Span dwells = sum_of_dwells(plan, phases);
  const Span& dwell = dwell_of(plan, phase, step);
  const std::uint64_t parts = std::max<std::uint64_t>(phases, 1);
  if (plan.deadline.rows > 0)
    return {.duration = Duration{0},
            .rows = dwell.rows + (plan.deadline.rows > dwells.rows ? plan.deadline.rows - dwells.rows : 0) / parts};
  const Duration rest = std::max(Duration{0}, plan.deadline.duration - dwells.duration);
  return {.duration = dwell.duration + rest / static_cast<Duration::rep>(parts), .rows = 0};
}

Plan default_plan() {
  Plan plan;
  plan.shadow.duration = default_shadow;
  plan.steps = {{.weight = 0.05, .bake = {.duration = default_bake, .rows = 0}},
                {.weight = 0.25, .bake = {.duration = default_bake, .rows = 0}}};
  plan.watch.duration = default_bake;
  plan.deadline.duration = default_deadline;
  return plan;
}

Result<Plan> parse_plan(const ConfigNode& rollout, bool action_dependent) {
  Plan plan = default_plan();
  plan.use_paired = !action_dependent;
  if (!rollout.defined()) return plan;
  std::vector<std::string> keys = {"strategy", "shadow",   "canary",      "rollback_on",  "keep",
                                   "watch",    "deadline", "at_deadline", "freeze_after", "max_per_day"};
  for (const auto& strategy : strategies().members())
    if (strategy.has_node) keys.push_back(strategy.entry.name);
  TRY(rollout.check_keys(keys));
  if (const auto node = rollout["strategy"]; node.defined()) {
    ASSIGN_OR_RETURN(plan.strategy, node.text());
  }
  ASSIGN_OR_RETURN(const Strategy* strategy, strategies().find(plan.strategy, rollout["strategy"].place()));
  for (const auto& other : strategies().members())
    if (other.has_node && &other != strategy && rollout[other.entry.name].defined())
      return rollout[other.entry.name].error(
          fmt::format("these are numbers of the strategy '{0}', and the strategy is '{1}'", other.entry.name,
                      plan.strategy),
          fmt::format("strategy: {}", other.entry.name));
  if (const auto node = rollout["shadow"]; node.defined()) {
    ASSIGN_OR_RETURN(plan.shadow, node.span());
  }
  bool has_last = false;
  if (const auto node = rollout["canary"]; node.defined()) {
    TRY(parse_canary(node, plan, has_last));
  }
  if (strategy->shape != nullptr) TRY(strategy->shape(rollout, plan));
  if (plan.steps.empty() && plan.shadow.empty())
    return rollout.error("neither a shadow phase nor a step below 100 %: a version would get full traffic unjudged",
                         "give `shadow: 24h` or a first step such as 5%");
  if (const auto node = rollout["rollback_on"]; node.defined()) {
    TRY(node.check_keys({"latency_ms_p99", "error_rate"}));
    if (const auto latency = node["latency_ms_p99"]; latency.defined()) {
      ASSIGN_OR_RETURN(plan.latency_ms_p99, latency.number());
      if (plan.latency_ms_p99 <= 0) return latency.error("a latency bound is above 0 ms");
    }
    if (const auto rate = node["error_rate"]; rate.defined()) {
      ASSIGN_OR_RETURN(plan.error_rate, rate.share());
    }
  }
  if (const auto node = rollout["keep"]; node.defined()) {
    ASSIGN_OR_RETURN(plan.keep, node.integer(1, 1000));
  }
  if (!plan.steps.empty()) plan.watch = plan.steps.back().bake;
  if (const auto node = rollout["watch"]; node.defined()) {
    ASSIGN_OR_RETURN(plan.watch, node.span());
  }
  if (const auto node = rollout["freeze_after"]; node.defined()) {
    ASSIGN_OR_RETURN(const std::int64_t times, node.integer(0, 1000));
    plan.freeze_after = static_cast<std::uint64_t>(times);
  }
  if (const auto node = rollout["max_per_day"]; node.defined()) {
    ASSIGN_OR_RETURN(const std::int64_t rollouts, node.integer(0, most_rollouts_per_day));
    plan.max_per_day = static_cast<std::uint64_t>(rollouts);
  }
  TRY(parse_deadline(rollout, plan));
  return plan;
}

Json to_json(const Plan& plan) {
  Json steps = Json::array();
  for (const auto& step : plan.steps) steps.push_back({{"weight", step.weight}, {"bake", format_span(step.bake)}});
  return {{"strategy", plan.strategy},
          {"shadow", format_span(plan.shadow)},
          {"steps", steps},
          {"min_samples", plan.min_samples},
          {"max_regression", plan.max_regression},
          {"confidence", plan.confidence},
          {"latency_ms_p99", plan.latency_ms_p99},
          {"error_rate", plan.error_rate},
          {"keep", plan.keep},
          {"watch", format_span(plan.watch)},
          {"deadline", format_span(plan.deadline)},
          {"at_deadline", plan.quarantine_at_deadline ? "quarantine" : "archive"},
          {"freeze_after", plan.freeze_after},
          {"max_per_day", plan.max_per_day},
          {"needs_approval", plan.needs_approval},
          {"use_paired", plan.use_paired},
          {"effect", plan.effect}};
}

std::vector<std::string> describe(const Plan& plan) {
  std::vector<std::string> lines;
  if (plan.strategy == "none") return {"a new version waits in shadow until a person promotes it"};
  const auto condition = [&plan](Phase phase, std::size_t step) {
    if (plan.effect > 0 && decides_promotion(plan, phase, step))
      return fmt::format(
          "and labelled evaluations of both arms that show ({:.4g} %) a smaller loss; ends where they show that it is "
          "not smaller by {:.4g} %",
          100 * plan.confidence, 100 * plan.effect);
    if (phase == Phase::shadow && !plan.use_paired) return fmt::format("and {} answers without harm", least_requests);
    const auto within = fmt::format("within {:.4g} % of the champion's", 100 * plan.max_regression);
    return decides_promotion(plan, phase, step)
               ? fmt::format("and {} labelled evaluations that show ({:.4g} %) a loss {}", plan.min_samples,
                             100 * plan.confidence, within)
               : fmt::format("and {} labelled evaluations, loss {}", plan.min_samples, within);
  };
  if (!plan.shadow.empty())
    lines.push_back(fmt::format("shadow: at least {} {}", format_span(plan.shadow), condition(Phase::shadow, 0)));
  for (std::size_t step = 0; step < plan.steps.size(); ++step)
    lines.push_back(fmt::format("canary {:.4g} %: at least {} {}", 100 * plan.steps[step].weight,
                                format_span(plan.steps[step].bake), condition(Phase::canary, step)));
  lines.emplace_back(plan.needs_approval ? "then full traffic, once a person has approved it" : "then full traffic");
  if (!plan.watch.empty())
    lines.push_back(
        fmt::format("watch: the previous champion stays ready for {} and comes back on harm", format_span(plan.watch)));
  lines.push_back(
      fmt::format("stopped at once by errors over {:.4g} %, p99 over {:.4g} ms, or answers that are not finite",
                  100 * plan.error_rate, plan.latency_ms_p99));
  if (plan.freeze_after > 0)
    lines.push_back(fmt::format("after {} promotions in a row that were taken back none begins before a person says so",
                                plan.freeze_after));
  lines.push_back(fmt::format("ended without promotion, the version {}, where it has not been decided after {}",
                              plan.quarantine_at_deadline ? "quarantined" : "archived", format_span(plan.deadline)));
  return lines;
}

}  // namespace perennial::rollout
