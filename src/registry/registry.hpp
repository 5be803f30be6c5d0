#pragma once
// Versions and who was in production when: a fold over the journal's events, and the planners that make new ones.
//
// A planner looks at the state and returns the events to append, or an error; it changes nothing. The caller appends
// them to the journal and applies what was stored. Bodies:
//   VersionRegistered     to_json(ModelVersion)
//   VersionStatusChanged  {"version", "from", "to", "cause"}
//   Promoted              {"version", "from": number|null, "reason", "override": bool}
//   RolledBack            {"from", "to", "cause"}
//   VersionPinned         {"version", "actor", "reason"}
//   VersionUnpinned       {"version"}
//   ArtifactsCollected    {"versions"}
// All other types are ignored. Promoted and RolledBack make their version production; the one that was production
// leaves by a VersionStatusChanged just before it, in the same append. So at most one is production after any event.
//
// Not thread-safe; copyable, so that a snapshot can be handed to readers.

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/result.hpp"
#include "core/version.hpp"
#include "core/version_events.hpp"

namespace perennial::registry {

/// The first 8 digits of a hash, for people. Stores and comparisons use all 64.
std::string short_hash(std::string_view hash);

/// One stay in production.
struct Deployment {
  VersionNumber version;
  TimePoint from{};
  std::optional<TimePoint> until;  ///< empty for the present one
  std::string reason;              ///< why it came
  std::string end_cause;           ///< why it went
  bool is_rollback = false;        ///< came back by a rollback
  bool evidence_overridden = false;
  std::uint64_t seq = 0;  ///< of the event that put it there
};

/// A person's word that a version stays. Of a version in production: nothing but a person takes it out. Of an archived
/// one: automation never goes back past it. Its artifact is never collected. Quarantine, which only a person can bring
/// upon a pinned version, ends it.
struct Pin {
  TimePoint at{};
  std::string actor;
  std::string reason;
};

class Registry {
 public:
  /// Error: corrupt where the event cannot follow from the state (unknown version, illegal transition, a number taken,
  /// two in production); the state is then unchanged.
  Status apply(const Event& event);

  std::vector<std::string> models() const;                                                ///< sorted
  const std::map<VersionNumber, ModelVersion>& versions(const std::string& model) const;  ///< by number
  const ModelVersion* find(const std::string& model, VersionNumber number) const;         ///< nullptr: unknown
  /// not_found, naming the newest known versions.
  Result<const ModelVersion*> get(const std::string& model, VersionNumber number) const;
  const ModelVersion* champion(const std::string& model) const;                ///< nullptr: none in production
  const std::vector<Deployment>& deployments(const std::string& model) const;  ///< oldest first
  /// Who was in production at an instant.
  const Deployment* deployed_at(const std::string& model, TimePoint at) const;

  /// Where a rollback goes: `to`, or the version that was most recently in production before the present one and is
  /// archived. Versions that were rolled back are quarantined and never come back this way, so a second rollback goes
  /// to an older one. conflict: "no previous version to roll back to", `to` not fit; not_found: `to` unknown.
  /// One whose artifact was collected, or that does not fit(), is skipped, and refused as `to`.
  Result<VersionNumber> rollback_target(const std::string& model, std::optional<VersionNumber> to = {}) const;
  /// Where automation may go back to: as rollback_target(model), but never away from a pinned version, nor past one.
  /// conflict, naming the pin and who set it.
  Result<VersionNumber> automatic_rollback_target(const std::string& model) const;
  /// True where what clients send now, and expect back, suits an older version: the columns of its requests are among
  /// those of `present` and of the same kind, and its targets are the same. Both: core/signature.hpp as JSON.
  static bool fits(const Json& older, const Json& present);

  const Pin* pin(const std::string& model, VersionNumber number) const;  ///< nullptr: not pinned
  bool is_collected(const std::string& model, VersionNumber number) const;
  Status check_there(const std::string& model, VersionNumber number) const;  ///< conflict: its artifact was collected

  /// 1.0.0 first; then above every existing number: MAJOR where the signature differs from that of the highest number,
  /// else MINOR where the config does, else PATCH. So equal MAJOR means equal signature, equal MAJOR.MINOR equal
  /// config.
  Result<VersionNumber> next_number(const std::string& model, const Json& signature,
                                    const std::string& config_hash) const;

  /// status registered or rejected. conflict: the number exists (nothing is ever overwritten), the artifact is the
  /// champion's, not above every number; invalid: digest or hash incomplete.
  Result<NewEvent> plan_register(const ModelVersion& version) const;
  /// Legal by core/version.hpp and only from `from`; conflict otherwise. To production: plan_promote, plan_rollback.
  Result<NewEvent> plan_status_change(const std::string& model, VersionNumber number, VersionStatus from,
                                      VersionStatus to, const std::string& cause) const;
  /// Allowed from shadow and canary, from registered while the model never had a champion; with `override_evidence`
  /// also from registered and archived, and from quarantined (audited: the event carries it). Never from rejected.
  Result<std::vector<NewEvent>> plan_promote(const std::string& model, VersionNumber number, const std::string& reason,
                                             bool override_evidence) const;
  /// The present champion is quarantined with `cause`, the target becomes production.
  Result<std::vector<NewEvent>> plan_rollback(const std::string& model, std::optional<VersionNumber> to,
                                              const std::string& cause) const;

  /// Only of a version that is in production, or archived and was; and not yet pinned. conflict otherwise.
  Result<NewEvent> plan_pin(const std::string& model, VersionNumber number, const std::string& actor,
                            const std::string& reason) const;
  Result<NewEvent> plan_unpin(const std::string& model, VersionNumber number) const;  ///< conflict: not pinned

  /// Versions whose artifacts may be removed, or were. Kept: registered, shadow, canary, production and pinned versions
  /// and the rollback target; the `keep` archived ones that were in production last; the `keep` newest of the others;
  /// and whose artifact is that of a kept one, or of another model.
  std::vector<VersionNumber> collectable(const std::string& model, std::size_t keep) const;

 private:
  struct Model {
    std::map<VersionNumber, ModelVersion> versions;
    std::vector<Deployment> deployments;
    std::map<VersionNumber, Pin> pins;
    std::set<VersionNumber> collected;
  };
  const Model* model_of(const std::string& name) const;
  static Status apply_registered(Model& model, const Event& event);
  static Status apply_status(Model& model, const Event& event);
  static Status apply_production(Model& model, const Event& event, bool is_rollback);
  static Status apply_kept(Model& model, const Event& event);
  bool may_return(const std::string& model, const ModelVersion& version, const ModelVersion& present) const;

  std::map<std::string, Model> models_;
};

/// The table of core/version.hpp without promotions by override.
bool is_legal(VersionStatus from, VersionStatus to);

}  // namespace perennial::registry
