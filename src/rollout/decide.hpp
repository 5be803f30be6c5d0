#pragma once
// DECIDER: plan, state, evidence of the current phase and now → what the rollout does next.
//
//   shadow ─advance─► canary 0 ─advance─► … canary k ─promote─► watch ─complete─► completed
//      └────────────── abort ──────────────────┘                 └─rollback─► rolled_back
//
// One call answers with at most one step, and a second call at the same instant can never make another one: a step
// needs time (or rows) to have passed since the phase began, and evidence that was gathered since then.
// Order of judgement: over, or evidence of another phase → hold; safety (non-finite answers, errors, latency) → abort
// or rollback at once; quality harm → abort or rollback; dwell, samples and quality of every target → advance or
// promote; else hold, and at the deadline abort. Silence never promotes (trap 36). Where the plan asks for a person's
// approval a promotion without it is a hold, and at the phase's deadline an abort that leaves the version archived. A
// watch that ends without harm completes.

#include <limits>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/verdict.hpp"
#include "rollout/evidence.hpp"
#include "rollout/plan.hpp"
#include "rollout/state.hpp"

namespace perennial::rollout {

enum class ActionKind { hold, advance, promote, abort, rollback, complete };
std::string_view to_string(ActionKind kind);

struct Action {
  ActionKind kind = ActionKind::hold;
  Verdict verdict = Verdict::inconclusive;  ///< pass for steps forward, fail where harm was shown
  std::string reason;                       ///< one sentence
  bool needs_approval = false;              ///< a hold: all but a person's approval speaks for the promotion
  double weight = 0;                        ///< the challenger's share of answers that should hold from now on
  double measured = std::numeric_limits<double>::quiet_NaN();
  double threshold = std::numeric_limits<double>::quiet_NaN();
};

/// Pure. Uses the strategy that the plan names.
Action decide(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now);

/// The first state of a rollout: shadow, or the first canary step where the plan has no shadow.
RolloutState start(const Plan& plan, std::string id, std::string model, std::string challenger, std::string champion,
                   std::string salt, TimePoint now, std::uint64_t rows_now);

/// The state after `action`: the fold that lifecycle applies to journalled actions. `hold` changes nothing, and neither
/// does anything once the rollout is over. abort before and rollback after the promotion; the other is ignored.
RolloutState apply(const Plan& plan, RolloutState state, const Action& action, TimePoint now, std::uint64_t rows_now);

/// A person's step (API promote without override): the next step at once, or the promotion after the last one. Needs no
/// dwell, but evidence: hold with a reason where the quality of a target is not known or safety is violated.
Action step_by_hand(const Plan& plan, const RolloutState& state, const Evidence& evidence);

Json to_json(const Action& action);

}  // namespace perennial::rollout
