#include "rollout/decide.hpp"

#include <fmt/format.h>

#include <cmath>

#include "rollout/judge.hpp"
#include "rollout/strategies/steps.hpp"
#include "rollout/strategy.hpp"
#include "rollout/validity.hpp"

namespace perennial::rollout {

std::string_view to_string(ActionKind kind) {
  switch (kind) {
    case ActionKind::hold: return "hold";
    case ActionKind::advance: return "advance";
    case ActionKind::promote: return "promote";
    case ActionKind::abort: return "abort";
    case ActionKind::rollback: return "rollback";
    case ActionKind::complete: return "complete";
  }
  return "hold";
}

namespace {

Action hold(const RolloutState& state, Verdict verdict, std::string reason) {
  return {.kind = ActionKind::hold, .verdict = verdict, .reason = std::move(reason), .weight = state.weight};
}

/// A state that this plan cannot have led to (the config was changed under a running rollout).
bool fits(const Plan& plan, const RolloutState& state) {
  return state.phase != Phase::canary || state.step < plan.steps.size();
}

bool gathered_for(const RolloutState& state, const Evidence& evidence) {
  return evidence.rollout_id == state.id && evidence.phase == state.phase &&
         (state.phase != Phase::canary || evidence.step == state.step);
}

/// A promotion that nobody has approved yet.
Action unapproved(const Action& promotion, const Plan& plan, const RolloutState& state, const Evidence& evidence,
                  TimePoint now) {
  Action wait = promotion;
  wait.kind = ActionKind::hold;
  wait.weight = state.weight;
  wait.reason += fmt::format("; it waits for a person: `perennial approve {}`", state.challenger);
  Action next = or_deadline(wait, plan, state, evidence, now);
  if (next.kind == ActionKind::hold) next.needs_approval = true;
  else next.verdict = Verdict::inconclusive;  // nothing was found against it
  return next;
}

}  // namespace

Action decide(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now) {
  if (is_over(state.phase)) return hold(state, Verdict::pass, "the rollout is over");
  if (!fits(plan, state))
    return {.kind = ActionKind::abort,
            .verdict = Verdict::invalid,
            .reason = "the plan has no such step any more",
            .weight = 0};
  if (!gathered_for(state, evidence)) return hold(state, Verdict::invalid, "the evidence belongs to another phase");
  const auto strategy = strategies().find(plan.strategy);
  if (!strategy) return hold(state, Verdict::invalid, strategy.error().message());
  const Action next = (*strategy)->decide(plan, state, evidence, now);
  return plan.needs_approval && !evidence.approved && next.kind == ActionKind::promote
             ? unapproved(next, plan, state, evidence, now)
             : next;
}

RolloutState start(const Plan& plan, std::string id, std::string model, std::string challenger, std::string champion,
                   std::string salt, TimePoint now, std::uint64_t rows_now) {
  RolloutState state;
  state.id = std::move(id);
  state.model = std::move(model);
  state.challenger = std::move(challenger);
  state.champion = std::move(champion);
  state.salt = std::move(salt);
  state.started_at = state.phase_since = now;
  state.rows_at_start = state.rows_at_phase_start = rows_now;
  if (plan.shadow.empty() && !plan.steps.empty()) {
    state.phase = Phase::canary;
    state.weight = plan.steps[0].weight;
  }
  return state;
}

RolloutState apply(const Plan& plan, RolloutState state, const Action& action, TimePoint now, std::uint64_t rows_now) {
  if (is_over(state.phase) || action.kind == ActionKind::hold) return state;
  const bool promoted = state.phase == Phase::watch;
  RolloutState next = state;
  switch (action.kind) {
    case ActionKind::hold: return state;
    case ActionKind::advance:
      next.step = state.phase == Phase::shadow ? 0 : state.step + 1;
      if (promoted || next.step >= plan.steps.size()) return state;
      next.phase = Phase::canary;
      next.weight = plan.steps[next.step].weight;
      break;
    case ActionKind::promote:
      if (promoted) return state;
      next.phase = Phase::watch;
      next.weight = 1;
      break;
    case ActionKind::abort:
      if (promoted) return state;
      next.phase = Phase::aborted;
      next.weight = 0;
      break;
    case ActionKind::rollback:
      if (!promoted) return state;
      next.phase = Phase::rolled_back;
      next.weight = 0;
      break;
    case ActionKind::complete:
      if (!promoted) return state;
      next.phase = Phase::completed;
      break;
  }
  next.phase_since = now;
  next.rows_at_phase_start = rows_now;
  return next;
}

Action step_by_hand(const Plan& plan, const RolloutState& state, const Evidence& evidence) {
  if (is_over(state.phase)) return hold(state, Verdict::pass, "the rollout is over");
  if (state.phase == Phase::watch) return hold(state, Verdict::pass, "the version has full traffic already");
  if (!fits(plan, state)) return hold(state, Verdict::invalid, "the plan has no such step any more");
  if (!gathered_for(state, evidence)) return hold(state, Verdict::invalid, "the evidence belongs to another phase");
  const auto safety = judge_safety(plan, evidence);
  if (safety.verdict == Verdict::fail) return hold(state, safety.verdict, safety.reason);
  if (const auto validity = judge_validity(evidence); validity.verdict != Verdict::pass)
    return hold(state, validity.verdict, validity.reason);
  const auto quality = judge_quality(plan, evidence);
  if (quality.verdict != Verdict::pass) return hold(state, quality.verdict, quality.reason);
  const std::size_t next = state.phase == Phase::shadow ? 0 : state.step + 1;
  const bool full = next >= plan.steps.size();
  return {.kind = full ? ActionKind::promote : ActionKind::advance,
          .verdict = Verdict::pass,
          .reason = "a person asked; " + quality.reason,
          .weight = full ? 1 : plan.steps[next].weight,
          .measured = quality.measured,
          .threshold = quality.threshold};
}

Json to_json(const Action& action) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {{"action", std::string(to_string(action.kind))},
          {"verdict", std::string(to_string(action.verdict))},
          {"reason", action.reason},
          {"weight", action.weight},
          {"measured", number(action.measured)},
          {"threshold", number(action.threshold)}};
}

}  // namespace perennial::rollout
