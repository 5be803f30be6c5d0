#include "rollout/strategies/steps.hpp"

#include <fmt/format.h>

namespace perennial::rollout {
namespace {

std::uint64_t rows_in_phase(const RolloutState& state, const Evidence& evidence) {
  return evidence.rows_now > state.rows_at_phase_start ? evidence.rows_now - state.rows_at_phase_start : 0;
}

}  // namespace

Action action(ActionKind kind, const Judgement& judgement, double weight) {
  return {.kind = kind,
          .verdict = judgement.verdict,
          .reason = judgement.reason,
          .weight = weight,
          .measured = judgement.measured,
          .threshold = judgement.threshold};
}

Action hold(const Judgement& judgement, const RolloutState& state) {
  return action(ActionKind::hold, judgement, state.weight);
}

Judgement waiting(Verdict verdict, std::string reason) {
  return {.verdict = verdict, .reason = std::move(reason), .measured = 0, .threshold = 0, .significant = false};
}

bool dwelt(const Span& dwell, const RolloutState& state, const Evidence& evidence, TimePoint now) {
  const Duration elapsed = now - state.phase_since;
  const std::uint64_t rows = rows_in_phase(state, evidence);
  return (elapsed.count() > 0 || rows > 0) && dwell.passed(elapsed, rows);
}

Action or_deadline(Action next, const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now) {
  if (next.kind != ActionKind::hold || !dwelt(dwell_of(plan, state.phase, state.step), state, evidence, now) ||
      !phase_deadline(plan, state.phase, state.step).passed(now - state.phase_since, rows_in_phase(state, evidence)))
    return next;
  next.kind = ActionKind::abort;
  next.verdict = plan.quarantine_at_deadline ? Verdict::fail : Verdict::inconclusive;
  next.reason = fmt::format("its share of the deadline of {} has passed; {}", format_span(plan.deadline), next.reason);
  next.weight = 0;
  return next;
}

}  // namespace perennial::rollout
