#pragma once
// What an operator or another system may ask of the loop. Every write is journalled with who and why.

#include <optional>
#include <string>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial::api {

/// Carried by every write. The same `id` sent again gives the first answer again and changes nothing.
struct CommandContext {
  std::optional<std::string> id;  ///< "command_id" in bodies, --id on the command line
  std::string actor = "api";      ///< "cli", "api", "webhook"
  std::string reason;
};

struct TriggerEvent {
  std::string trigger;  ///< "manual", or the name of an `event:` policy
  std::optional<TimePoint> timestamp;
  Json metadata = Json::object();
  int priority = 3;  ///< 1..5
  Json parameters = Json::object();
};

struct TriggerAnswer {
  bool retrain = false;
  std::string reason;
  std::optional<std::string> job_id;
};

/// Thread-safe. All answers come within a second, also while a training runs.
/// Errors: not_found (model, version), conflict (no previous version, version quarantined, rollout running, …),
/// invalid.
class Operations {
 public:
  virtual ~Operations() = default;
  virtual Result<TriggerAnswer> trigger(const std::string& model, const TriggerEvent& event,
                                        const CommandContext& context) = 0;
  /// Back to `to`, or to the newest earlier champion that is not quarantined. Returns {"from", "to", "confirmed",
  /// "at"}.
  virtual Result<Json> rollback(const std::string& model, std::optional<std::string> to,
                                const CommandContext& context) = 0;
  /// Next step of the running rollout, or with `override_evidence` straight to full traffic (audited). Returns
  /// {"version", "at"}.
  virtual Result<Json> promote(const std::string& model, const std::string& version, bool override_evidence,
                               const CommandContext& context) = 0;
  /// A person's pin: the version stays (registry::Pin says what follows from it), or with `release` no longer has to.
  /// Returns {"version", "pinned", "at"}.
  virtual Result<Json> pin(const std::string& model, const std::string& version, bool release,
                           const CommandContext& context) = 0;
  /// A person's approval of a version's promotion, for the rollout that is running; it is promoted once its evidence
  /// suffices. `digest`: what the person has looked at, 8 digits of the artifact's or more; empty: not compared.
  /// Returns
  /// {"version", "digest", "at"}.
  virtual Result<Json> approve(const std::string& model, const std::string& version, const std::string& digest,
                               const CommandContext& context) = 0;
  /// Removes artifacts that need not be kept, and labels whose predictions are no longer kept, or with `dry_run` only
  /// names them. Returns {"model", "dry_run", "keep", "versions", "blobs", "bytes", "labels"}.
  virtual Result<Json> prune(const std::string& model, bool dry_run, const CommandContext& context) = 0;
};

}  // namespace perennial::api
