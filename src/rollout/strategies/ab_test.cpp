// Two arms of sticky entities, each judged by what came of its own answers, until one of two things is shown: the
// challenger is better, or it is not better by the effect that would make it worth the change.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rollout/strategies/members.hpp"
#include "rollout/strategies/steps.hpp"
#include "rollout/validity.hpp"
#include "stats/special.hpp"

namespace perennial::rollout {
namespace {

constexpr double default_weight = 0.5;
constexpr double default_effect = 0.05;
constexpr Span default_stay{.duration = std::chrono::hours(24 * 7), .rows = 0};

/// What the planned looks have shown of one target, each with its share of the error.
struct Shown {
  bool better = false;
  bool not_worth_it = false;  ///< better by `effect` is excluded
  double p_better = 1;
  double p_effect = 1;
};

Shown shown_by(const Plan& plan, const LossEvidence& evidence, std::size_t targets) {
  Shown shown;
  const double share = (1 - plan.confidence) / static_cast<double>(std::size(look_at));
  for (const auto& look : evidence.looks) {
    if (!(look.standard_error > 0) || !std::isfinite(look.difference)) continue;
    const double df = std::max(1.0, look.effective_n - 1);
    shown.p_better = std::min(shown.p_better, stats::student_t_sf(-look.difference / look.standard_error, df));
    shown.p_effect = std::min(
        shown.p_effect,
        stats::student_t_sf((look.difference + plan.effect * std::abs(look.champion)) / look.standard_error, df));
  }
  // One better target is enough, so each has its part of the error; the effect has to be excluded for all of them.
  shown.better = shown.p_better <= share / static_cast<double>(targets);
  shown.not_worth_it = shown.p_effect <= share;
  return shown;
}

/// The test itself, once it has lasted long enough. A target that looks worse than max_regression, or has too few rows,
/// holds the promotion back; one that is better is enough for it.
Action compare(const Plan& plan, const RolloutState& state, const Evidence& evidence) {
  bool any_better = false;
  bool all_not_worth_it = !evidence.targets.empty();
  bool all_looked = !evidence.targets.empty();
  std::string numbers;
  Judgement held{Verdict::pass, "", 0, 0, false};
  const Stage stage = stage_of(plan, evidence.phase, evidence.step, evidence.targets.size());
  double measured = 0;  // the difference of the target that is surest to be better
  double surest = 2;
  for (const auto& target : evidence.targets) {
    const Shown shown = shown_by(plan, target.unpaired, evidence.targets.size());
    const LossComparison& now = target.unpaired.now;
    const Finding found = find(plan, stage, target);
    if (found.why == Finding::Why::beyond || found.why == Finding::Why::few_rows ||
        found.why == Finding::Why::no_label || found.why == Finding::Why::not_finite)
      held = judge_target(plan, stage, target);
    any_better = any_better || shown.better;
    all_not_worth_it = all_not_worth_it && shown.not_worth_it;
    all_looked = all_looked && target.unpaired.looks.size() == std::size(look_at);
    if (shown.p_better < surest) {
      surest = shown.p_better;
      measured = now.difference;
    }
    numbers += fmt::format(
        "{}{}: loss {} by {:.4g} against {:.4g} of the champion ({} rows of each arm, p {:.2g} for "
        "better, {:.2g} for better by {:.4g} %)",
        numbers.empty() ? "" : "; ", target.target, now.difference > 0 ? "worse" : "better", std::abs(now.difference),
        now.champion, now.n, shown.p_better, shown.p_effect, 100 * plan.effect);
  }
  const auto end = [&](ActionKind kind, Verdict verdict, const std::string& why, double weight) {
    return action(kind, {verdict, why + numbers, measured, 0, false}, weight);
  };
  if (any_better && held.verdict == Verdict::pass)
    return state.step + 1 < plan.steps.size()
               ? end(ActionKind::advance, Verdict::pass, "", plan.steps[state.step + 1].weight)
               : end(ActionKind::promote, Verdict::pass, "", 1);
  if (all_not_worth_it) return end(ActionKind::abort, Verdict::inconclusive, "the effect is excluded; ", 0);
  if (all_looked) return end(ActionKind::abort, Verdict::inconclusive, "the last look has shown nothing; ", 0);
  if (held.verdict != Verdict::pass) return hold(held, state);
  return end(ActionKind::hold, Verdict::inconclusive, "", state.weight);
}

Action decide_ab_test(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now) {
  // Shadow shows that it answers at all, and the watch after the promotion is as after any other.
  if (state.phase != Phase::canary) return canary_strategy().decide(plan, state, evidence, now);
  if (const auto safety = judge_safety(plan, evidence); safety.verdict == Verdict::fail)
    return action(ActionKind::abort, safety, 0);
  if (const auto quality = judge_quality(plan, evidence); quality.verdict == Verdict::fail && quality.significant)
    return action(ActionKind::abort, quality, 0);
  const Span& dwell = dwell_of(plan, state.phase, state.step);
  if (!dwelt(dwell, state, evidence, now))
    return hold(waiting(Verdict::inconclusive, fmt::format("A/B test: {} have not passed", format_span(dwell))), state);
  if (const auto validity = judge_validity(evidence); validity.verdict != Verdict::pass)
    return or_deadline(hold(validity, state), plan, state, evidence, now);
  return or_deadline(compare(plan, state, evidence), plan, state, evidence, now);
}

Status shape_ab_test(const ConfigNode& rollout, Plan& plan) {
  if (const auto steps = rollout["canary"]["steps"]; steps.defined())
    return steps.error("'ab_test' has two arms and no steps", "ab_test: {weight: 50%, effect: 5%, stay: 7d}");
  const ConfigNode own = rollout["ab_test"];
  Step step{.weight = default_weight, .bake = default_stay};
  plan.effect = default_effect;
  if (own.defined()) {
    TRY(own.check_keys({"weight", "effect", "stay"}));
    if (const auto node = own["weight"]; node.defined()) {
      ASSIGN_OR_RETURN(step.weight, node.share());
      if (step.weight <= 0 || step.weight >= 1) return node.error("a weight is above 0 and below 100 %", "such as 50%");
    }
    if (const auto node = own["effect"]; node.defined()) {
      ASSIGN_OR_RETURN(plan.effect, node.share());
      if (plan.effect <= 0)
        return node.error("an effect is above 0", "such as 5%, of the champion's loss: what would be worth the change");
    }
    if (const auto node = own["stay"]; node.defined()) {
      ASSIGN_OR_RETURN(step.bake, node.span());
      if (step.bake.empty()) return node.error("a length above 0 is expected here", "such as 7d or 10000rows");
    }
  }
  plan.steps = {step};
  plan.use_paired = false;
  return {};
}

}  // namespace

Strategy ab_test_strategy() {
  return {{"ab_test",
           "shadow, then two arms of sticky entities until the better one is known, then full traffic, then a watch",
           {{"ab_test.weight", "50%", "> 0, < 100 %", "share", "the challenger's arm"},
            {"ab_test.effect", "5%", "> 0", "share of the champion's loss",
             "the improvement to detect; ends where it is excluded"},
            {"ab_test.stay", "7d", "> 0", "time or rows", "least length; the rest as for canary"}}},
          decide_ab_test,
          true,
          shape_ab_test};
}

}  // namespace perennial::rollout
