// The planners of Registry: pure, they look at the state and return events.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "registry/registry.hpp"

namespace perennial::registry {
namespace {

bool is_sha256(const std::string& text) {
  return text.size() == 64 &&
         std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

NewEvent status_event(const std::string& model, VersionNumber number, VersionStatus from, VersionStatus to,
                      const std::string& cause) {
  return {model,
          std::string(event_type::version_status_changed),
          {{"version", number.text()}, {"from", to_string(from)}, {"to", to_string(to)}, {"cause", cause}}};
}

}  // namespace

Result<NewEvent> Registry::plan_register(const ModelVersion& version) const {
  if (version.model.empty()) return fail(ErrorCode::invalid, "the version has no model");
  if (version.status != VersionStatus::registered && version.status != VersionStatus::rejected)
    return fail(ErrorCode::invalid, fmt::format("a version is not registered as {}", to_string(version.status)),
                version.model);
  for (const auto& [name, value] :
       {std::pair{"artifact_digest", &version.artifact_digest}, std::pair{"config_hash", &version.config_hash}})
    if (!is_sha256(*value))
      return fail(ErrorCode::invalid, fmt::format("{} is not a whole SHA-256", name), version.model,
                  "64 lower-case hexadecimal digits; 8 are only for showing");
  const auto& all = versions(version.model);
  if (all.contains(version.number))
    return fail(ErrorCode::conflict, fmt::format("version {} exists already", version.number.text()), version.model,
                "a version is never overwritten: take the next number");
  if (!all.empty() && version.number < all.rbegin()->first)
    return fail(ErrorCode::conflict,
                fmt::format("version {} is below {}", version.number.text(), all.rbegin()->first.text()), version.model,
                "take the next number");
  if (const auto* present = champion(version.model); present && present->artifact_digest == version.artifact_digest)
    return fail(ErrorCode::conflict, fmt::format("the artifact is that of the champion {}", present->number.text()),
                version.model, "nothing was learned that the champion does not know");
  return NewEvent{version.model, std::string(event_type::version_registered), to_json(version)};
}

Result<NewEvent> Registry::plan_status_change(const std::string& model, VersionNumber number, VersionStatus from,
                                              VersionStatus to, const std::string& cause) const {
  ASSIGN_OR_RETURN(const auto* version, get(model, number));
  if (version->status != from)
    return fail(ErrorCode::conflict,
                fmt::format("version {} is {}, not {}", number.text(), to_string(version->status), to_string(from)),
                model, "its state has changed meanwhile: look again");
  if (!is_legal(from, to) || to == VersionStatus::production)
    return fail(ErrorCode::conflict,
                fmt::format("version {} cannot go from {} to {}", number.text(), to_string(from), to_string(to)), model,
                to == VersionStatus::production ? "only a promotion or a rollback does this" : "");
  if (from == VersionStatus::production)
    return fail(ErrorCode::conflict,
                fmt::format("version {} is in production and would leave nobody there", number.text()), model,
                "promote another version, or roll back");
  return status_event(model, number, from, to, cause);
}

Result<std::vector<NewEvent>> Registry::plan_promote(const std::string& model, VersionNumber number,
                                                     const std::string& reason, bool override_evidence) const {
  ASSIGN_OR_RETURN(const auto* version, get(model, number));
  const bool is_first = deployments(model).empty();
  bool allowed = false;
  std::string hint = "with an override of the evidence it can be promoted; that is audited";
  switch (version->status) {
    case VersionStatus::shadow:
    case VersionStatus::canary: allowed = true; break;
    case VersionStatus::registered: allowed = is_first || override_evidence; break;
    case VersionStatus::archived:
    case VersionStatus::quarantined: allowed = override_evidence; break;
    case VersionStatus::production: hint = "there is nothing to do"; break;
    case VersionStatus::rejected: hint = "it failed a gate, and nothing overrides that: train again"; break;
  }
  if (allowed) TRY(check_there(model, number));
  if (!allowed)
    return fail(ErrorCode::conflict,
                fmt::format("version {} is {} and cannot be promoted", number.text(), to_string(version->status)),
                model, hint);
  std::vector<NewEvent> events;
  const auto* present = champion(model);
  if (present)
    events.push_back(status_event(model, present->number, VersionStatus::production, VersionStatus::archived,
                                  "superseded by " + number.text()));
  events.push_back({model,
                    std::string(event_type::promoted),
                    {{"version", number.text()},
                     {"from", present ? Json(present->number.text()) : Json(nullptr)},
                     {"reason", reason},
                     {"override", override_evidence}}});
  return events;
}

Result<std::vector<NewEvent>> Registry::plan_rollback(const std::string& model, std::optional<VersionNumber> to,
                                                      const std::string& cause) const {
  ASSIGN_OR_RETURN(const auto target, rollback_target(model, to));
  const auto* present = champion(model);
  return std::vector<NewEvent>{
      status_event(model, present->number, VersionStatus::production, VersionStatus::quarantined, cause),
      {model,
       std::string(event_type::rolled_back),
       {{"from", present->number.text()}, {"to", target.text()}, {"cause", cause}}}};
}

Result<NewEvent> Registry::plan_pin(const std::string& model, VersionNumber number, const std::string& actor,
                                    const std::string& reason) const {
  ASSIGN_OR_RETURN(const auto* version, get(model, number));
  const bool served = std::ranges::any_of(deployments(model), [&](const auto& stay) { return stay.version == number; });
  if (version->status != VersionStatus::production && (version->status != VersionStatus::archived || !served))
    return fail(ErrorCode::conflict,
                fmt::format("version {} is {}{} and cannot be pinned", number.text(), to_string(version->status),
                            served ? "" : ", never served"),
                model, "pin what serves or may serve again; `perennial export` keeps the graph of any version");
  TRY(check_there(model, number));
  if (const Pin* pinned = pin(model, number))
    return fail(
        ErrorCode::conflict,
        fmt::format("version {} is pinned already (by {}, {})", number.text(), pinned->actor, format_time(pinned->at)),
        model);
  return NewEvent{model,
                  std::string(event_type::version_pinned),
                  {{"version", number.text()}, {"actor", actor}, {"reason", reason}}};
}

Result<NewEvent> Registry::plan_unpin(const std::string& model, VersionNumber number) const {
  TRY(get(model, number));
  if (pin(model, number) == nullptr)
    return fail(ErrorCode::conflict, fmt::format("version {} is not pinned", number.text()), model);
  return NewEvent{model, std::string(event_type::version_unpinned), {{"version", number.text()}}};
}

std::vector<VersionNumber> Registry::collectable(const std::string& model, std::size_t keep) const {
  const auto& all = versions(model);
  const auto& stays = deployments(model);
  std::set<VersionNumber> kept;
  for (const auto& [number, version] : all)
    if (version.status == VersionStatus::registered || version.status == VersionStatus::shadow ||
        version.status == VersionStatus::canary || version.status == VersionStatus::production ||
        pin(model, number) != nullptr)
      kept.insert(number);
  // Two rollbacks in a row need two targets: the last ones that served come before anything else.
  std::set<VersionNumber> served;  // one that came back more than once counts once
  if (const auto target = rollback_target(model)) kept.insert(*target);
  for (auto it = stays.rbegin(); it != stays.rend() && served.size() < keep; ++it) {
    const auto* version = find(model, it->version);
    if (version && version->status == VersionStatus::archived && !is_collected(model, it->version))
      served.insert(it->version);
  }
  kept.insert(served.begin(), served.end());
  std::size_t others = 0;
  for (auto it = all.rbegin(); it != all.rend() && others < keep; ++it)
    if (!is_collected(model, it->first) && kept.insert(it->first).second) ++others;

  std::set<std::string> in_use;
  for (const auto& [name, other] : models_)
    for (const auto& [number, version] : other.versions)
      if (name != model ? !other.collected.contains(number) : kept.contains(number))
        in_use.insert(version.artifact_digest);
  std::vector<VersionNumber> free;
  for (const auto& [number, version] : all)
    if (!in_use.contains(version.artifact_digest)) free.push_back(number);
  return free;
}

}  // namespace perennial::registry
