#pragma once
// When will a rollout be decided? Computed when it is planned, and again while it runs, so that one that starves for
// want of traffic or labels is known at its start and not at its deadline.

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "rollout/evidence.hpp"
#include "rollout/plan.hpp"

namespace perennial::rollout {

/// What is known of the traffic.
struct Traffic {
  double requests_per_hour = 0;    ///< of rows; 0 = none were seen
  double labelled_share = 1;       ///< of the rows get a label in the end
  Duration label_wait{0};          ///< until nearly all labels that come have come
  std::optional<double> entities;  ///< that came lately; nothing where rows have none
  friend bool operator==(const Traffic&, const Traffic&) = default;
};

struct PhaseForecast {
  Phase phase = Phase::shadow;
  std::size_t step = 0;
  std::uint64_t evaluations = 0;  ///< labelled ones that a verdict needs at least (an answer each, where none counts)
  double requests = 0;            ///< rows to be predicted for them, of all traffic; infinite where they never come
  double hours = 0;               ///< until then, the dwell and the labels' wait at least; infinite likewise
  double deadline_hours = 0;      ///< phase_deadline(), in this traffic's hours
  bool starves = false;           ///< the deadline comes first
};

struct Forecast {
  std::vector<PhaseForecast> phases;  ///< before the promotion, in order
  double requests = 0;                ///< the sums
  double hours = 0;
  bool starves = false;
  std::vector<std::string> proposals;  ///< what would help, in words; empty where nothing has to
};

/// Entities that an arm needs before its numbers say something of entities (reliability: I8).
inline constexpr double least_entities_per_arm = 20;

/// At least, not likely: where versions hardly differ the deciding phase takes up to eight times `evaluations`.
Forecast forecast(const Plan& plan, const Traffic& traffic);

/// The number of labelled evaluations at which the running phase is likely to be decided, from what it has seen so far:
/// the planned look at which the present difference and spread would show that it is within the margin, the last one
/// where they never would. min_samples where nothing was seen yet or the phase does not decide.
std::uint64_t likely_evaluations(const Plan& plan, const Evidence& evidence);

/// When the running phase is likely to be decided at the pace it has had; nothing where nothing has come yet, or it can
/// not be known (no pace, over).
std::optional<TimePoint> likely_verdict_at(const Plan& plan, const RolloutState& state, const Evidence& evidence,
                                           TimePoint now);

Json to_json(const Forecast& forecast);
/// One sentence: how long it takes, or that it starves and what would help.
std::string in_words(const Plan& plan, const Forecast& forecast);

}  // namespace perennial::rollout
