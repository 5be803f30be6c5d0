#pragma once
// What strategies that go on in steps have in common.

#include <string>

#include "rollout/decide.hpp"
#include "rollout/judge.hpp"

namespace perennial::rollout {

Action action(ActionKind kind, const Judgement& judgement, double weight);
Action hold(const Judgement& judgement, const RolloutState& state);
/// A judgement without numbers: a reason to wait.
Judgement waiting(Verdict verdict, std::string reason);

/// True once the phase has lasted long enough. Strictly later than the last step: however often and with whatever
/// evidence it is asked, one instant sees one step.
bool dwelt(const Span& dwell, const RolloutState& state, const Evidence& evidence, TimePoint now);

/// A hold turns into an abort once the phase has lasted its dwell and its share of the deadline. Counted per phase: a
/// step that was made late, because the clock jumped, is not undone at the next look.
Action or_deadline(Action next, const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now);

}  // namespace perennial::rollout
