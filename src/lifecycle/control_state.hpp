#pragma once
// All that the control plane knows: a fold over the journal. Whatever is not in here after a restart never happened.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/estimate_events.hpp"
#include "core/event.hpp"
#include "core/importance_events.hpp"
#include "lifecycle/evidence/batches.hpp"
#include "lifecycle/evidence/quarantine.hpp"
#include "registry/registry.hpp"
#include "rollout/brakes.hpp"
#include "rollout/state.hpp"
#include "stats/importance.hpp"
#include "stats/metrics.hpp"
#include "training/jobs.hpp"
#include "triggers/inputs.hpp"
#include "triggers/window.hpp"

namespace perennial::lifecycle {

/// From the first sign to the new champion; times of the retrain's record.
struct CycleTimes {
  std::optional<TimePoint> onset;  ///< of the drift or decay that asked for it; else the decision
  std::optional<TimePoint> decided;
  std::optional<TimePoint> trained;
  std::optional<TimePoint> canary;
  std::optional<TimePoint> production;
  bool late = false;                           ///< retrain.max_latency had passed before it ended
  std::optional<double> decay_per_week;        ///< of the champion that it is to replace: ModelLoop::decay_per_week()
  std::optional<double> decay_per_week_error;  ///< its standard error
};
Json to_json(const CycleTimes& times);

/// `what` of the WarningRaised that says so.
inline constexpr std::string_view late_retrain = "a retrain is late";

/// `what` of the WarningRaised that says so, once per step of a rollout.
inline constexpr std::string_view unequal_arms = "the arms of a rollout cannot be compared";

/// `what` of the WarningRaised that says so, once per version.
inline constexpr std::string_view held_back = "a rollout is held back";

/// `what` of the WarningRaised that says so, once per phase of a rollout.
inline constexpr std::string_view rollback_held = "an automatic rollback is held back";

/// What is folded per model beside versions and jobs.
struct ModelState {
  Json configured;  ///< newest ModelConfigured: signature, frozen features
  triggers::TriggerMemory memory;
  std::vector<triggers::PastRetrain> retrains;   ///< the newest; without promoted_row
  std::optional<rollout::RolloutState> rollout;  ///< the running one
  std::string rollout_job;                       ///< whose cycle it belongs to
  std::string cycle_job;                         ///< the cycle that has not ended; empty where none
  CycleTimes cycle;
  std::vector<std::string> drifting_columns;  ///< of the live alarm; empty where none
  /// The request of a policy that waits for a person (mode approval), or the newest advice: its RetrainSkipped. Gone
  /// when a training is asked for or the policy thinks again.
  std::optional<Json> advised;
  bool decayed = false;
  std::optional<Json> estimated_decay;     ///< body of the live warning before the labels: EstimatedDecayDetected
  std::optional<Json> importance_drift;    ///< body of the live alarm: ImportanceDriftDetected
  std::optional<TimePoint> onset;          ///< of the live alarms
  std::uint64_t onset_row = 0;             ///< rows seen then
  bool cycle_by_alarm = false;             ///< an alarm was live when the present cycle began,
  std::uint64_t cycle_onset_row = 0;       ///< and the rows seen at its onset
  std::optional<TimePoint> settled_onset;  ///< the newest onset that a promotion answered or whose lateness was told,
  bool onset_late = false;                 ///< the latter
  std::uint64_t joined_at_training = 0;    ///< labelled predictions when the newest training began,
  bool has_trained = false;                ///< where there was one
  std::optional<triggers::ChangePoint> change;        ///< the newest one that a training was told of
  Quarantines quarantines;                            ///< stretches of broken data, and what was warned of
  std::optional<TimePoint> champion_since;            ///< the newest promotion or rollback; unset before the first
  Batches batches;                                    ///< of a watched data source
  std::map<std::string, std::string> last_decisions;  ///< policy → kind of its newest journalled decision
  std::map<std::string, stats::Estimate> judged;      ///< newest gate's estimates, until its version is registered
  std::map<std::string, std::map<std::string, stats::Estimate>> baselines;  ///< version → metric → on its holdout
  /// Newest run's, then by version: target → column → share of the gain.
  std::map<std::string, stats::Importance> run_importance;
  std::map<std::string, std::map<std::string, stats::Importance>> importances;
  std::map<std::string, std::string> references;  ///< version → digest of its reference rows
  std::map<std::string, std::string> held_out;    ///< version → digest of its answers to the rows that judged it
  std::map<std::string, Json> calibrations;   ///< version → how its reference's windows differ (drift/calibration.hpp)
  std::uint64_t last_seq = 0;                 ///< newest event of the model
  std::uint64_t phase = 0;                    ///< seq of the event that began the present rollout phase
  rollout::RolloutHistory rollouts;           ///< what its brakes look at
  std::string held_back_version;              ///< that the newest warning told of
  std::uint64_t unequal_in_phase = 0;         ///< the phase of the newest warning of unequal arms
  std::uint64_t rollback_held_in_phase = 0;   ///< likewise, of a rollback that could not be done
  std::uint64_t approval_asked_in_phase = 0;  ///< likewise, of a promotion that waits for a person
  std::string approved_rollout;               ///< id of the one whose promotion a person approved last
  std::optional<TimePoint> last_summary_at;
};

class ControlState {
 public:
  /// Errors: corrupt, where the event cannot follow from the state.
  Status apply(const Event& event);

  const registry::Registry& registry() const { return registry_; }
  const training::JobBoard& jobs() const { return jobs_; }
  const ModelState& model(const std::string& name) const;  ///< an empty one where nothing is known
  std::uint64_t events() const { return events_; }

  /// The event that answered a command with this id before, if it is among the newest limits::command_ids.
  const Event* answered(const std::string& command_id) const;
  std::uint64_t count(const std::string& event_type) const;

 private:
  void apply_to_model(ModelState& model, const Event& event);

  registry::Registry registry_;
  training::JobBoard jobs_;
  std::map<std::string, ModelState> models_;
  std::map<std::string, Event> answered_;
  std::vector<std::string> answered_order_;
  std::map<std::string, std::uint64_t> counts_;
  std::uint64_t events_ = 0;
};

}  // namespace perennial::lifecycle
