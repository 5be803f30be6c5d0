#pragma once
// DECIDER: evidence, memory and now → at most one training to start, and a reason for everything that was asked.

#include <optional>
#include <string>
#include <vector>

#include "triggers/config.hpp"
#include "triggers/inputs.hpp"

namespace perennial::triggers {

/// RETRAIN or SKIP, with its reason. NaN (JSON null) where nothing was measured.
struct Decision {
  bool retrain = false;
  std::string policy;  ///< label of the policy; "manual"; or the trigger name of an event that no policy takes
  std::string reason;  ///< complete: "cooldown until 2026-01-02T00:00:00Z", "drift share 12 % below 30 %"
  double measured = not_measured;
  double threshold = not_measured;
  int priority = default_priority;
  std::string event_id;  ///< of the ExternalEvent or ManualRequest that is answered; empty for a policy's own finding
  bool human = false;
  bool wanted = false;   ///< its policy asked, or somebody did, whatever became of it
  bool advised = false;  ///< nothing but the mode spoke against it: advice, or a request for approval
};

/// One decision per policy that has something to say, and exactly one answer per external event and manual request, in
/// the order: manual requests, events, policies. At most one has `retrain`. Ranking: a person first, then the higher
/// priority, then the order above. Suppressed, in this order of reasons: a training already runs; priority below
/// min_priority; backoff after a failure (1 min doubled per failure, at most 1 h); cooldown since the last SUCCESS of
/// this model. A person passes the last three. A policy's request that was held back since before gains 1 of priority
/// (at most 5) per `aging`. Where the mode is not autonomous, what would start without a person is `advised` instead.
/// Pure.
std::vector<Decision> decide(const TriggerConfig& config, const TriggerInputs& inputs, const TriggerMemory& memory,
                             TimePoint now);

/// The memory after this tick: streaks, schedule firings, waiting requests and the first look. `decisions` is what
/// decide() returned for the same arguments. last_success_at, last_failure_at, consecutive_failures and job_active come
/// from the job events and are left alone, save that a decision with `retrain` sets job_active.
TriggerMemory remember(const TriggerConfig& config, const TriggerInputs& inputs, TriggerMemory memory,
                       const std::vector<Decision>& decisions, TimePoint now);

/// A training of this model ended well (the only start of a cooldown), or badly (backoff only, trap 8).
TriggerMemory after_success(TriggerMemory memory, TimePoint at, std::uint64_t rows_seen);
TriggerMemory after_failure(TriggerMemory memory, TimePoint at);

/// Until when failures hold the next training back; nothing where the last training did not fail.
std::optional<TimePoint> backoff_until(const TriggerMemory& memory);
/// Until when the cooldown holds; nothing without a success, or where the cooldown is in rows.
std::optional<TimePoint> cooldown_until(const TriggerConfig& config, const TriggerMemory& memory);

/// The earliest instant at which a time schedule of `model` comes due (now, where one is due already).
std::optional<TimePoint> next_due(const TriggerConfig& config, const std::string& model, const TriggerMemory& memory,
                                  TimePoint now);

Json to_json(const Decision& decision);

}  // namespace perennial::triggers
