#pragma once
// Plans, states and evidence that the rollout tests share.

#include "rollout/decide.hpp"

namespace perennial::rollout::test {

inline const TimePoint t0 = TimePoint(std::chrono::hours(24 * 20000));

inline Plan plan() {
  Plan p = default_plan();  // shadow 24h, 5 % 24h, 25 % 24h, watch 24h
  p.min_samples = 1000;
  return p;
}

inline RolloutState begin(const Plan& p) { return start(p, "r1", "m", "1.0.1", "1.0.0", "salt", t0, 0); }

/// Evidence for the state's present phase with `n` paired losses per target, the champion's loss being 1.
inline Evidence evidence(const RolloutState& state, std::uint64_t n = 2000, double difference = -0.05,
                         double standard_error = 0.01) {
  Evidence e;
  e.rollout_id = state.id;
  e.phase = state.phase;
  e.step = state.step;
  e.challenger.requests = e.champion.requests = n;
  e.challenger.latency_samples = e.champion.latency_samples = n;
  e.challenger.latency_ms_p99 = e.champion.latency_ms_p99 = 5;
  for (const char* target : {"rul", "health"}) {
    TargetLoss loss;
    loss.target = target;
    loss.paired = {.n = n,
                   .mean_challenger = 1 + difference,
                   .mean_champion = 1,
                   .mean_diff = difference,
                   .standard_error = standard_error};
    e.targets.push_back(loss);
  }
  return e;
}

}  // namespace perennial::rollout::test
