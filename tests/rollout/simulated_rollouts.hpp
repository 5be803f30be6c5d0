#pragma once
// Rollouts whose truth is known: two versions whose errors are drawn row by row, and the judge that looks after each.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"

#include "core/rng.hpp"
#include "drift/quick_normal.hpp"
#include "in_parallel.hpp"
#include "rollout/decide.hpp"
#include "rollout/judge.hpp"
#include "rollout/loss_recorder.hpp"
#include "rollout/split.hpp"
#include "stats/special.hpp"

namespace perennial::rollout::simulated {

enum class Kind { independent, autocorrelated, clustered };
inline constexpr Kind kinds[] = {Kind::independent, Kind::autocorrelated, Kind::clustered};
inline std::string_view name_of(Kind kind) {
  return kind == Kind::independent ? "independent" : kind == Kind::autocorrelated ? "autocorrelated" : "100 entities";
}

struct Row {
  bool champion_errs = false;
  bool challenger_errs = false;
  std::uint32_t entity = 0;
};

/// Error rates of the two versions, and how their errors hang together. Each errs where a normal latent is above its
/// threshold: a part that both share (how hard the row is), a part of its own. Both parts are new in every row, carry
/// over from row to row by 0.95 (a memory of some forty rows), or belong to one of 100 entities by half.
class Pair {
 public:
  Pair(Kind kind, double champion, double challenger, double shared, std::uint64_t seed)
      : kind_(kind),
        rng_(Rng(seed).fork("errors")),
        shared_(std::sqrt(shared)),
        own_(std::sqrt(1 - shared)),
        champion_(-stats::normal_quantile(champion)),
        challenger_(-stats::normal_quantile(challenger)) {
    if (kind == Kind::clustered)
      for (auto& entity : entities_)
        for (double& level : entity) level = normal_(rng_);
    for (double& level : carried_) level = normal_(rng_);
  }

  Row next() {
    Row row;
    double latent[3];
    for (double& one : latent) one = normal_(rng_);
    if (kind_ == Kind::autocorrelated)
      for (std::size_t i = 0; i < 3; ++i) {
        carried_[i] = carry * carried_[i] + std::sqrt(1 - carry * carry) * latent[i];
        latent[i] = half * carried_[i] + half * normal_(rng_);
      }
    if (kind_ == Kind::clustered) {
      row.entity = static_cast<std::uint32_t>(rng_.below(entities));
      for (std::size_t i = 0; i < 3; ++i) latent[i] = half * entities_[row.entity][i] + half * latent[i];
    }
    row.champion_errs = shared_ * latent[0] + own_ * latent[1] > champion_;
    row.challenger_errs = shared_ * latent[0] + own_ * latent[2] > challenger_;
    return row;
  }

  static constexpr std::size_t entities = 100;

 private:
  static constexpr double carry = 0.95;
  static constexpr double half = 0.70710678118654752;
  Kind kind_;
  Rng rng_;
  drift::simulated::QuickNormal normal_;
  double shared_, own_, champion_, challenger_;
  double carried_[3]{};
  double entities_[entities][3]{};
};

struct Setting {
  Kind kind = Kind::independent;
  double per_second = 1;
  double champion = 0.2;
  double challenger = 0.2;
  double shared = 0.6;
  bool paired = true;
  std::uint64_t requests = 20'000;
};

/// The default plan, with stays that suit the traffic: a day, an hour, or forty seconds.
inline Plan plan_for(const Setting& setting) {
  Plan plan = default_plan();
  const Span dwell{.duration = setting.per_second < 0.1  ? Duration(std::chrono::hours(24))
                               : setting.per_second < 10 ? Duration(std::chrono::hours(1))
                                                         : Duration(std::chrono::seconds(40)),
                   .rows = 0};
  plan.shadow = dwell;
  for (auto& step : plan.steps) step.bake = dwell;
  plan.watch = dwell;
  plan.use_paired = setting.paired;
  return plan;
}

enum class End { promoted, aborted, rolled_back, open };
struct Outcome {
  End end = End::open;
  bool harm = false;  ///< ended because harm was shown
  std::uint64_t requests = 0;
};

/// One rollout, the judge looking after every request.
inline Outcome roll_out(const Setting& setting, std::uint64_t seed) {
  const Plan plan = plan_for(setting);
  const TimePoint t0 = TimePoint(std::chrono::hours(24 * 20000));
  Pair pair(setting.kind, setting.champion, setting.challenger, setting.shared, seed);
  RolloutState state = start(plan, "r", "m", "1.0.1", "1.0.0", "salt" + std::to_string(seed), t0, 0);
  const std::uint64_t split = split_seed(state.salt);
  std::uint32_t bucket[Pair::entities];
  std::uint64_t hashes[Pair::entities];
  for (std::uint32_t e = 0; e < Pair::entities; ++e) {
    const std::string name = "entity " + std::to_string(e);
    bucket[e] = bucket_of(name, split);
    hashes[e] = hash64(name);
  }
  Rng arms = Rng(seed).fork("arms");

  PairedRecorder paired(plan);
  ArmRecorder unpaired(plan);
  Evidence evidence;
  evidence.rollout_id = "r";
  evidence.targets.resize(1);
  evidence.targets[0].target = "y";
  Outcome outcome;
  for (std::uint64_t i = 1; i <= setting.requests; ++i) {
    const TimePoint now = t0 + Duration(static_cast<std::int64_t>(static_cast<double>(i) / setting.per_second * 1e6));
    const Row row = pair.next();
    const auto entity =
        setting.kind == Kind::clustered ? std::optional<std::uint64_t>(hashes[row.entity]) : std::nullopt;
    evidence.phase = state.phase;
    evidence.step = state.step;
    if (setting.paired) {
      paired.add(
          {.challenger = row.challenger_errs ? 1.0 : 0.0, .champion = row.champion_errs ? 1.0 : 0.0, .entity = entity});
      ++evidence.challenger.requests;
      evidence.targets[0].paired = paired.evidence();
    } else {
      const std::uint32_t mine =
          setting.kind == Kind::clustered ? bucket[row.entity] : static_cast<std::uint32_t>(arms.below(buckets));
      if (mine < challenger_buckets(state.weight)) {
        unpaired.add_challenger({.value = row.challenger_errs ? 1.0 : 0.0}, entity);
        ++evidence.challenger.requests;
      } else {
        unpaired.add_champion({.value = row.champion_errs ? 1.0 : 0.0}, entity);
        if (state.phase == Phase::shadow) ++evidence.challenger.requests;
      }
      evidence.targets[0].unpaired = unpaired.evidence();
    }
    // decide() holds while nothing is known; it is not asked to say so in words twenty thousand times.
    const auto finding = find(plan, stage_of(plan, state.phase, state.step, 1), evidence.targets[0]);
    if (finding.verdict == Verdict::inconclusive && state.phase != Phase::watch &&
        !(state.phase == Phase::shadow && !setting.paired))
      continue;
    const Action action = decide(plan, state, evidence, now);
    if (action.kind == ActionKind::hold) continue;
    outcome.requests = i;
    outcome.harm = action.verdict == Verdict::fail && action.reason.find("often") != std::string::npos;
    if (action.kind == ActionKind::abort) outcome.end = End::aborted;
    if (action.kind == ActionKind::rollback) outcome.end = End::rolled_back;
    if (action.kind == ActionKind::complete) outcome.end = End::promoted;
    state = apply(plan, state, action, now, i);
    if (is_over(state.phase)) return outcome;
    paired = PairedRecorder(plan);
    unpaired = ArmRecorder(plan);
    evidence.challenger = evidence.champion = {};
    evidence.targets[0] = {.target = "y", .paired = {}, .unpaired = {}};
  }
  outcome.requests = setting.requests;
  // In the watch it has full traffic.
  outcome.end = state.phase == Phase::watch ? End::promoted : End::open;
  return outcome;
}

}  // namespace perennial::rollout::simulated
