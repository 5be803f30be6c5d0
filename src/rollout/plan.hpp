#pragma once
// The `rollout:` node: how a version that passed its gates gets to full traffic, and what stops it.

#include <cstdint>
#include <string>
#include <vector>

#include "core/config_node.hpp"
#include "core/json.hpp"
#include "core/time.hpp"
#include "rollout/state.hpp"

namespace perennial::rollout {

inline constexpr Duration default_shadow = std::chrono::hours(24);  ///< row 103
inline constexpr Duration default_bake = std::chrono::hours(24);    ///< row 103
inline constexpr std::uint64_t default_min_samples = 1000;          ///< row 102
inline constexpr double default_max_regression = 0.05;              ///< row 102
inline constexpr double default_confidence = 0.95;
inline constexpr double default_latency_ms_p99 = 200;  ///< row 109
inline constexpr double default_error_rate = 0.01;
inline constexpr std::int64_t default_keep = 3;  ///< row 94
inline constexpr std::uint64_t default_freeze_after = 3;
inline constexpr std::uint64_t default_max_per_day = 24;
inline constexpr std::uint64_t most_rollouts_per_day = 1000;
inline constexpr Duration longest_rollout = std::chrono::hours(24 * 30);
inline constexpr Duration default_deadline = longest_rollout;

struct Step {
  double weight = 0;  ///< > 0, below 1: the share of entities that the challenger answers
  Span bake;          ///< least stay in this step
  friend bool operator==(const Step&, const Step&) = default;
};

/// Every step has its own dwell AND its own evidence. Full traffic is not a step: it is the promotion after the last
/// one.
struct Plan {
  std::string strategy = "canary";
  Span shadow;                                      ///< empty = no shadow phase
  std::vector<Step> steps;                          ///< weights strictly increasing
  std::uint64_t min_samples = default_min_samples;  ///< matured evaluations of the challenger, per phase and target
  double max_regression = default_max_regression;   ///< share of the champion's loss
  /// At most 1 - confidence of the challengers that are worse by max_regression are promoted.
  double confidence = default_confidence;
  double latency_ms_p99 = default_latency_ms_p99;
  double error_rate = default_error_rate;
  std::int64_t keep = default_keep;
  std::uint64_t freeze_after = default_freeze_after;  ///< see brakes.hpp; 0 = never
  std::uint64_t max_per_day = default_max_per_day;    ///< likewise; 0 = as many as there are
  Span watch;                                         ///< after the promotion; default: the last bake, or 24h
  Span deadline;  ///< from the start to the promotion; phase_deadline() shares it out. Then aborted
  bool quarantine_at_deadline = false;  ///< else archived: it was not shown to be good, and not to be bad either
  bool needs_approval = false;          ///< of a person, for the promotion (`mode: approval` and `advisory`)
  /// False where outcomes depend on the answer (`outcome: action_dependent`), and in an A/B test.
  bool use_paired = true;
  /// A/B test: share of the champion's loss by which a challenger has to be better to be worth it; 0 elsewhere.
  double effect = 0;
  friend bool operator==(const Plan&, const Plan&) = default;
};

/// The defaults: shadow 24h, 5 % for 24h, 25 % for 24h, then full.
Plan default_plan();

/// Reads {strategy, shadow, canary: {steps, bake, min_samples, max_regression, confidence}, rollback_on, keep, watch,
/// deadline, at_deadline, freeze_after, max_per_day} and the node that a strategy has for itself. Steps are {weight,
/// bake} or bare weights; a last step of 100 % is the promotion. An undefined node gives the defaults.
/// `action_dependent`: no paired evidence. Errors: config (weights not increasing; neither shadow nor a step below 100
/// %: nothing would be judged; phases that last longer than the deadline, or that longer than 30 days; unknown keys).
Result<Plan> parse_plan(const ConfigNode& rollout, bool action_dependent = false);

/// The least stay in a phase before the promotion: shadow's, or the step's bake.
const Span& dwell_of(const Plan& plan, Phase phase, std::size_t step);
/// The longest stay: the phase's dwell and an equal share of what the deadline leaves beyond all dwells, so that the
/// phases together keep the deadline and each of them has time to be decided.
Span phase_deadline(const Plan& plan, Phase phase, std::size_t step);

Json to_json(const Plan& plan);
/// In words, one line per phase, for `explain config`.
std::vector<std::string> describe(const Plan& plan);

}  // namespace perennial::rollout
