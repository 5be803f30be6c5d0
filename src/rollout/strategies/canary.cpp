// Shadow, then growing shares of the traffic, then all of it, then a watch over it (capabilities rows 98-104).

#include <fmt/format.h>

#include "rollout/judge.hpp"
#include "rollout/strategies/members.hpp"
#include "rollout/strategies/steps.hpp"
#include "rollout/validity.hpp"

namespace perennial::rollout {
namespace {

Action watch(const Plan& plan, const RolloutState& state, const Evidence& evidence, const Judgement& quality,
             TimePoint now) {
  if (quality.verdict == Verdict::fail && quality.significant) return action(ActionKind::rollback, quality, 0);
  if (!dwelt(plan.watch, state, evidence, now))
    return hold(waiting(quality.verdict, fmt::format("watch: {} have not passed", format_span(plan.watch))), state);
  Action done = action(ActionKind::complete, quality, 1);
  if (quality.verdict != Verdict::pass) {
    done.verdict = Verdict::inconclusive;
    done.reason = "the watch has ended without harm shown; " + quality.reason;
  }
  return done;
}

/// Before the promotion and without harm: a step forward, or wait.
Action forward(const Plan& plan, const RolloutState& state, const Evidence& evidence, const Judgement& quality,
               TimePoint now) {
  const Span& dwell = dwell_of(plan, state.phase, state.step);
  if (!dwelt(dwell, state, evidence, now))
    return hold(
        waiting(quality.verdict, fmt::format("{}: {} have not passed", to_string(state.phase), format_span(dwell))),
        state);
  if (const auto validity = judge_validity(evidence); validity.verdict != Verdict::pass) return hold(validity, state);
  // Where outcomes depend on the answer, shadow can't judge quality: it only shows that the version answers at all.
  if (state.phase == Phase::shadow && !plan.use_paired) {
    if (plan.steps.empty())
      return hold(waiting(Verdict::inconclusive, "shadow alone can't judge outcomes that depend on the answer"), state);
    if (evidence.challenger.requests < least_requests)
      return hold(waiting(Verdict::inconclusive,
                          fmt::format("{} of {} shadow answers", evidence.challenger.requests, least_requests)),
                  state);
    return action(ActionKind::advance, judge_safety(plan, evidence), plan.steps[0].weight);
  }
  if (quality.verdict != Verdict::pass) return hold(quality, state);
  if (state.phase == Phase::canary && evidence.challenger.requests == 0)
    return hold(waiting(Verdict::inconclusive, "the challenger has answered no request in this step"), state);
  const std::size_t next = state.phase == Phase::shadow ? 0 : state.step + 1;
  return next < plan.steps.size() ? action(ActionKind::advance, quality, plan.steps[next].weight)
                                  : action(ActionKind::promote, quality, 1);
}

Action decide_canary(const Plan& plan, const RolloutState& state, const Evidence& evidence, TimePoint now) {
  const bool watching = state.phase == Phase::watch;
  if (const auto safety = judge_safety(plan, evidence); safety.verdict == Verdict::fail)
    return action(watching ? ActionKind::rollback : ActionKind::abort, safety, 0);
  const auto quality = judge_quality(plan, evidence);
  if (watching) return watch(plan, state, evidence, quality, now);
  // Arms that cannot be compared show nothing but harm.
  if (quality.verdict == Verdict::fail && (quality.significant || judge_validity(evidence).verdict == Verdict::pass)) {
    Action end = action(ActionKind::abort, quality, 0);
    // One that waits for a person is looked at again and again: what is not shown is no harm then.
    if (plan.needs_approval && !quality.significant) end.verdict = Verdict::inconclusive;
    return end;
  }
  const Action next = forward(plan, state, evidence, quality, now);
  // Requests are counted anew after a restart: with its evidence and approval there it has time for its first one.
  const bool only_unasked = evidence.approved && quality.verdict == Verdict::pass && evidence.challenger.requests == 0;
  return only_unasked ? next : or_deadline(next, plan, state, evidence, now);
}

}  // namespace

Strategy canary_strategy() {
  return {{"canary",
           "shadow, then growing shares of entities, then full traffic, then a watch",
           {{"shadow", "24h", ">= 0", "time or rows", "least stay in shadow; 0s leaves it out"},
            {"canary.steps", "5%, 25%", "increasing, up to 100%", "share", "weights, each with its bake"},
            {"canary.bake", "24h", "> 0", "time or rows", "least stay in a step"},
            {"canary.min_samples", "1000", ">= 1", "labelled rows", "per phase and target"},
            {"canary.max_regression", "5%", "0..1", "share of the champion's loss", "tolerated"},
            {"canary.confidence", "95%", "50..99.99%", "probability",
             "at most the rest of those that are worse by max_regression are promoted"},
            {"rollback_on.latency_ms_p99", "200", "> 0", "ms", "stops at once, from 100 samples on"},
            {"rollback_on.error_rate", "1%", "0..1", "share", "stops at once, from 50 requests on"},
            {"watch", "the last bake", ">= 0", "time or rows", "after the promotion"},
            {"deadline", "30d", "> 0, up to 30d", "time or rows",
             "from the start to the promotion; every phase has its dwell and a share of the rest"},
            {"at_deadline", "archive", "one of archive, quarantine", "", "where it was not decided by then"}}},
          decide_canary};
}

}  // namespace perennial::rollout
