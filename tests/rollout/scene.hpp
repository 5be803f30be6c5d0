#pragma once
// Plans, states and evidence that the rollout tests share.

#include <cmath>

#include "rollout/decide.hpp"
#include "rollout/judge.hpp"

namespace perennial::rollout::test {

inline const TimePoint t0 = TimePoint(std::chrono::hours(24 * 20000));

inline Plan plan() {
  Plan p = default_plan();  // shadow 24h, 5 % 24h, 25 % 24h, watch 24h
  p.min_samples = 1000;
  return p;
}

inline RolloutState begin(const Plan& p) { return start(p, "r1", "m", "1.0.1", "1.0.0", "salt", t0, 0); }

/// The champion's loss being 1, and the margin known exactly.
inline LossComparison losses(std::uint64_t n, double difference, double standard_error, const Plan& p = plan()) {
  const auto worth = static_cast<double>(n);
  return {.n = n,
          .champion = 1,
          .difference = difference,
          .standard_error = standard_error,
          .effective_n = worth,
          .serial_n = worth,
          .over_margin = difference - p.max_regression,
          .over_margin_error = standard_error,
          .over_margin_n = worth};
}

/// The same losses all along, the standard error falling with the root of n to `now`.
inline LossEvidence gathered(const Plan& p, const LossComparison& now) {
  LossEvidence evidence{.now = now, .recent = {}, .epoch = 0, .looks = {}};
  for (const auto n : planned_looks(p))
    if (n <= now.n) {
      LossComparison look = now;
      look.n = n;
      look.standard_error *= std::sqrt(static_cast<double>(now.n) / static_cast<double>(n));
      look.over_margin_error = look.standard_error;
      look.effective_n = look.serial_n = look.over_margin_n = static_cast<double>(n);
      evidence.looks.push_back(look);
    }
  return evidence;
}

/// Evidence for the state's present phase with `n` paired losses per target, the champion's loss being 1.
inline Evidence evidence(const RolloutState& state, std::uint64_t n = 2000, double difference = -0.05,
                         double standard_error = 0.01, const Plan& p = plan()) {
  Evidence e;
  e.rollout_id = state.id;
  e.phase = state.phase;
  e.step = state.step;
  e.challenger.requests = e.champion.requests = n;
  e.challenger.latency_samples = e.champion.latency_samples = n;
  e.challenger.latency_ms_p99 = e.champion.latency_ms_p99 = 5;
  for (const char* target : {"rul", "health"})
    e.targets.push_back(
        {.target = target, .paired = gathered(p, losses(n, difference, standard_error, p)), .unpaired = {}});
  return e;
}

}  // namespace perennial::rollout::test
