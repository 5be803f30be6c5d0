#pragma once
// The journal's noun. Everything the control plane knows is a fold over events.

#include <cstdint>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/time.hpp"

namespace perennial {

/// An event to be appended. `model` is empty for fleet-wide events.
struct NewEvent {
  std::string model;
  std::string type;  ///< one of event_type::*, CamelCase past tense
  Json body = Json::object();
};

/// An event as stored. hash = SHA-256 over (seq, at, model, type, schema, body, previous); the fleet head is the hash
/// of the newest event; `previous_of_model` chains a model's own events.
struct Event {
  std::uint64_t seq = 0;  ///< 1, 2, 3, … without gaps
  TimePoint at{};
  std::string model;
  std::string type;
  int schema = 1;  ///< of the body; older ones are lifted by the upcaster of their type
  Json body;
  std::string previous;           ///< hash of the event before it, 64 zeros for the first
  std::string previous_of_model;  ///< hash of the same model's event before it
  std::string hash;
};

/// Every type that is ever written. The body's fields are listed in docs/journal.md.
namespace event_type {
inline constexpr std::string_view replay_started = "ReplayStarted";
inline constexpr std::string_view replay_finished = "ReplayFinished";
inline constexpr std::string_view server_started = "ServerStarted";
inline constexpr std::string_view model_configured = "ModelConfigured";
inline constexpr std::string_view drift_detected = "DriftDetected";
inline constexpr std::string_view drift_resolved = "DriftResolved";
inline constexpr std::string_view decay_detected = "DecayDetected";
inline constexpr std::string_view decay_resolved = "DecayResolved";
inline constexpr std::string_view data_quarantined = "DataQuarantined";
inline constexpr std::string_view data_released = "DataReleased";
inline constexpr std::string_view warning_raised = "WarningRaised";
inline constexpr std::string_view trigger_received = "TriggerReceived";
inline constexpr std::string_view retrain_requested = "RetrainRequested";
inline constexpr std::string_view retrain_skipped = "RetrainSkipped";
inline constexpr std::string_view job_queued = "JobQueued";
inline constexpr std::string_view job_started = "JobStarted";
inline constexpr std::string_view run_finished = "RunFinished";
inline constexpr std::string_view run_failed = "RunFailed";
inline constexpr std::string_view gate_evaluated = "GateEvaluated";
inline constexpr std::string_view version_registered = "VersionRegistered";
inline constexpr std::string_view version_status_changed = "VersionStatusChanged";
inline constexpr std::string_view rollout_planned = "RolloutPlanned";
inline constexpr std::string_view rollout_advanced = "RolloutAdvanced";
inline constexpr std::string_view rollout_aborted = "RolloutAborted";
inline constexpr std::string_view rollout_completed = "RolloutCompleted";
inline constexpr std::string_view promoted = "Promoted";
inline constexpr std::string_view rolled_back = "RolledBack";
inline constexpr std::string_view rollback_confirmed = "RollbackConfirmed";
inline constexpr std::string_view cycle_ended = "CycleEnded";
inline constexpr std::string_view summary_recorded = "SummaryRecorded";
inline constexpr std::string_view alert_sent = "AlertSent";
inline constexpr std::string_view alert_failed = "AlertFailed";
}  // namespace event_type

}  // namespace perennial
