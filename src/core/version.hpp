#pragma once
// A model version and its life.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "core/time.hpp"

namespace perennial {

/// MAJOR.MINOR.PATCH, first 1.0.0. MAJOR: the signature changed; MINOR: the training config changed; PATCH: the same
/// config on newer data.
struct VersionNumber {
  std::uint32_t major = 1;
  std::uint32_t minor = 0;
  std::uint32_t patch = 0;
  std::string text() const;
  friend auto operator<=>(const VersionNumber&, const VersionNumber&) = default;
};

/// Reads "1.2.3" exactly. Error: invalid.
Result<VersionNumber> parse_version(std::string_view text);

/// Legal transitions: registered → shadow | canary | production | rejected;  shadow → canary | production | archived |
/// quarantined;  canary → production | archived | quarantined;  production → archived | quarantined;
/// archived → production (a rollback or an audited override). quarantined and rejected are final.
enum class VersionStatus {
  registered,   ///< passed its gates, takes no traffic
  shadow,       ///< scores copies of requests, answers nobody
  canary,       ///< answers its share of the entities
  production,   ///< the champion; at most one per model
  archived,     ///< was production or a challenger that was not needed; may serve again
  quarantined,  ///< was rolled back or aborted for cause; never takes traffic again without an audited override
  rejected,     ///< failed a gate
};

std::string_view to_string(VersionStatus status);
Result<VersionStatus> parse_version_status(std::string_view text);

/// Everything that is known of one version; every field survives store → show → JSON.
struct ModelVersion {
  std::string model;
  VersionNumber number;
  VersionStatus status = VersionStatus::registered;
  std::string run_id;           ///< UUID of the training run
  std::string data_version;     ///< date of the newest training row, YYYY-MM-DD
  std::string data_digest;      ///< SHA-256 of the training rows
  std::string config_hash;      ///< SHA-256 of the training config; 8 digits are shown
  std::string artifact_digest;  ///< SHA-256 of the ONNX graph; its name in the blob store
  std::uint64_t artifact_bytes = 0;
  bool foreign = false;                   ///< the graph was made elsewhere: it is answered by a process of its own
  Json signature;                         ///< core/signature.hpp
  std::map<std::string, double> metrics;  ///< on the gate's holdout, "target.metric"
  std::map<std::string, double> champion_metrics;  ///< the champion's on the same holdout; empty for the first version
  std::string holdout_digest;
  std::optional<VersionNumber> parent;  ///< the champion when this one was trained
  std::string changelog;                ///< one line: why and from what it was trained
  std::string trigger;                  ///< name of the policy that asked for it
  std::string strategy;                 ///< scheduled, triggered, …
  TimePoint training_date{};
  TimePoint registered_at{};
  std::optional<TimePoint> deployed_at;  ///< when it last became production
  TimePoint train_from{};                ///< time of the oldest and
  TimePoint train_to{};                  ///< the newest row that it was fitted on (validation included)
  std::uint64_t train_rows = 0;
  std::uint64_t validation_rows = 0;
  std::uint64_t holdout_rows = 0;
  std::string quarantine_cause;  ///< empty unless quarantined
};

Json to_json(const ModelVersion& version);
Result<ModelVersion> model_version_from_json(const Json& value);

}  // namespace perennial
