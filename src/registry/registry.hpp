#pragma once
// Versions and who was in production when: a fold over the journal's events, and the planners that make new ones.
//
// A planner looks at the state and returns the events to append, or an error; it changes nothing. The caller appends
// them to the journal and applies what was stored. Bodies:
//   VersionRegistered     to_json(ModelVersion)
//   VersionStatusChanged  {"version", "from", "to", "cause"}
//   Promoted              {"version", "from": number|null, "reason", "override": bool}
//   RolledBack            {"from", "to", "cause"}
// All other types are ignored. Promoted and RolledBack make their version production; the one that was production
// leaves by a VersionStatusChanged just before it, in the same append. So at most one is production after any event.
//
// Not thread-safe; copyable, so that a snapshot can be handed to readers.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/event.hpp"
#include "core/result.hpp"
#include "core/version.hpp"

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
  Result<VersionNumber> rollback_target(const std::string& model, std::optional<VersionNumber> to = {}) const;

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

  /// Digests of artifacts that may be removed. Kept: those of registered, shadow, canary and production versions and of
  /// the rollback target; the `keep` archived ones that were in production last; the `keep` newest of the others; and
  /// whatever another model uses.
  std::vector<std::string> collectable(const std::string& model, std::size_t keep) const;

 private:
  struct Model {
    std::map<VersionNumber, ModelVersion> versions;
    std::vector<Deployment> deployments;
  };
  const Model* model_of(const std::string& name) const;
  static Status apply_registered(Model& model, const Event& event);
  static Status apply_status(Model& model, const Event& event);
  static Status apply_production(Model& model, const Event& event, bool is_rollback);

  std::map<std::string, Model> models_;
};

/// The table of core/version.hpp without promotions by override.
bool is_legal(VersionStatus from, VersionStatus to);

}  // namespace perennial::registry
