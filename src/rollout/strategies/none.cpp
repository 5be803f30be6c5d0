// The null member: a challenger stays where it is until a person moves it. Safety still ends it, and a version that a
// person promoted is still watched.

#include "rollout/judge.hpp"
#include "rollout/strategies/members.hpp"

namespace perennial::rollout {
namespace {

Action decide_none(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now) {
  if (state.phase == Phase::watch) return canary_strategy().decide(plan, state, evidence, now);
  if (const auto safety = judge_safety(plan, evidence); safety.verdict == Verdict::fail)
    return {.kind = ActionKind::abort,
            .verdict = safety.verdict,
            .reason = safety.reason,
            .weight = 0,
            .measured = safety.measured,
            .threshold = safety.threshold};
  return {.kind = ActionKind::hold,
          .verdict = Verdict::inconclusive,
          .reason = "waits for a person",
          .weight = state.weight};
}

}  // namespace

Strategy none_strategy() { return {{"none", "waits until a person promotes or aborts", {}}, decide_none}; }

}  // namespace perennial::rollout
