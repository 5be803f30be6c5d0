#pragma once
// What the trigger policies are shown, and what is remembered between two looks. Plain data, gathered by lifecycle/.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/importance_report.hpp"
#include "core/json.hpp"
#include "core/reports.hpp"
#include "core/time.hpp"
#include "stats/metrics.hpp"
#include "triggers/loss_blocks.hpp"

namespace perennial::triggers {

/// One event from outside (HTTP, a webhook). `trigger` is "manual" or the name of an `event:` policy.
struct ExternalEvent {
  std::string trigger;
  std::string id;    ///< comes back in Decision::event_id
  int priority = 3;  ///< 1..5
  TimePoint at{};
  Json metadata = Json::object();
};

/// A person asks. Passes cooldown, backoff and priority, but not a training that already runs.
struct ManualRequest {
  std::string id;
  std::string actor;
  std::string reason;
  TimePoint at{};
};

/// Evidence that is not there stays unset: it is never read as zero, and never starts a training (trap 36).
struct TriggerInputs {
  std::string model;
  const DriftReport* drift = nullptr;                      ///< only where a NEW report was made in this tick
  std::span<const DecayReport> decay;                      ///< reports made in this tick, one per monitored metric
  const ImportanceReport* importance = nullptr;            ///< only where a new one was made in this tick
  std::map<std::string, stats::Estimate> current_metrics;  ///< "target.metric" evaluated in THIS tick; else empty
  std::uint64_t rows_labelled_total = 0;
  std::uint64_t rows_labelled_since_training = 0;  ///< newer than the last successful training's window
  std::uint64_t rows_seen = 0;                     ///< requests so far; the clock of spans in rows
  std::span<const LossBlock> losses;      ///< complete blocks of what served, oldest first; empty without labels
  double loss_unit = 1;                   ///< raw loss that counts as one error where the policy names no `unit`; > 0
  std::span<const PastRetrain> retrains;  ///< oldest first
  TrainingFacts training;
  /// Since when this loop has been looking without a break. Schedule slots before it are misfires. A replay leaves it
  /// unset (a resumed replay must decide as if it had never stopped).
  std::optional<TimePoint> running_since;
  std::string waits_for_person;  ///< what a trained version waits for, where one does: it is why job_active lasts
  std::string data_bug;          ///< why the data must not be learned from now; empty where it may. A person passes
  std::vector<ExternalEvent> events;  ///< the first limits::trigger_events_per_tick are decided
  std::vector<ManualRequest> manual;
};

/// A fold over the model's own events: nothing in it is shared between models (trap 8).
struct TriggerMemory {
  std::optional<TimePoint> watched_since;  ///< first look at this model; schedule slots before it do not count
  std::uint64_t rows_at_watch = 0;
  std::optional<TimePoint> last_success_at;  ///< a training that succeeded (also where its gates then failed)
  std::uint64_t rows_at_last_success = 0;
  std::optional<TimePoint> last_failure_at;
  int consecutive_failures = 0;                                   ///< since the last success
  std::map<std::string, TimePoint> schedule_last_fired;           ///< by policy label
  std::map<std::string, std::uint64_t> schedule_last_fired_rows;  ///< by policy label: rows_seen then
  std::map<std::string, int> floor_streak;           ///< by policy label: consecutive evaluations beyond the floor
  std::map<std::string, TimePoint> floor_since;      ///< by policy label: first evaluation of the present streak
  std::map<std::string, std::uint64_t> looked_rows;  ///< by policy label: labelled answers up to the newest block seen
  std::map<std::string, TimePoint> fired_at;         ///< by label of an ensemble's member: when it last asked
  /// By policy label: since when its request has been held back without a break (a training of the model ends it).
  std::map<std::string, TimePoint> waiting_since;
  bool job_active = false;  ///< a training of this model is queued or running
};

Json to_json(const TriggerMemory& memory);
/// Error: corrupt, naming the field.
Result<TriggerMemory> trigger_memory_from_json(const Json& value);

}  // namespace perennial::triggers
