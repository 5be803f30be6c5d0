#include "registry/registry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::registry {
namespace {

std::unexpected<Error> impossible(const Event& event, std::string what) {
  return fail(ErrorCode::corrupt, fmt::format("event {} ({}) cannot follow: {}", event.seq, event.type, what),
              event.model, "the journal and this program disagree: run `audit verify`");
}

Result<std::string> text_of(const Event& event, const char* key) {
  const auto found = event.body.find(key);
  if (found == event.body.end() || !found->is_string()) return impossible(event, fmt::format("'{}' is missing", key));
  return found->get<std::string>();
}

std::string optional_text(const Event& event, const char* key) {
  const auto found = event.body.find(key);
  return found != event.body.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

std::string short_hash(std::string_view hash) { return std::string(hash.substr(0, 8)); }

bool is_legal(VersionStatus from, VersionStatus to) {
  using enum VersionStatus;
  switch (from) {
    case registered: return to == shadow || to == canary || to == production || to == rejected;
    case shadow: return to == canary || to == production || to == archived || to == quarantined;
    case canary: return to == production || to == archived || to == quarantined;
    case production: return to == archived || to == quarantined;
    case archived: return to == production;
    case quarantined:
    case rejected: return false;
  }
  return false;
}

Status Registry::apply(const Event& event) {
  const bool registers = event.type == event_type::version_registered;
  const bool changes = event.type == event_type::version_status_changed;
  const bool promotes = event.type == event_type::promoted;
  const bool rolls_back = event.type == event_type::rolled_back;
  const bool keeps = event.type == event_type::version_pinned || event.type == event_type::version_unpinned ||
                     event.type == event_type::artifacts_collected;
  if (!registers && !changes && !promotes && !rolls_back && !keeps) return {};
  const auto known = models_.find(event.model);
  if (registers) {
    Model fresh;
    Model& model = known == models_.end() ? fresh : known->second;
    TRY(apply_registered(model, event));
    if (known == models_.end()) models_.emplace(event.model, std::move(fresh));
    return {};
  }
  if (known == models_.end()) return impossible(event, "the model has no versions");
  if (keeps) return apply_kept(known->second, event);
  return changes ? apply_status(known->second, event) : apply_production(known->second, event, rolls_back);
}

Status Registry::apply_registered(Model& model, const Event& event) {
  auto version = model_version_from_json(event.body);
  if (!version) return impossible(event, version.error().what);
  if (version->model != event.model) return impossible(event, "the version belongs to model " + version->model);
  if (version->status != VersionStatus::registered && version->status != VersionStatus::rejected)
    return impossible(event, fmt::format("it is registered as {}", to_string(version->status)));
  const auto number = version->number;
  if (!model.versions.try_emplace(number, std::move(*version)).second)
    return impossible(event, fmt::format("version {} exists already", number.text()));
  return {};
}

Status Registry::apply_status(Model& model, const Event& event) {
  ASSIGN_OR_RETURN(const auto number_text, text_of(event, "version"));
  ASSIGN_OR_RETURN(const auto from_text, text_of(event, "from"));
  ASSIGN_OR_RETURN(const auto to_text, text_of(event, "to"));
  ASSIGN_OR_RETURN(const auto number, parse_version(number_text));
  ASSIGN_OR_RETURN(const auto from, parse_version_status(from_text));
  ASSIGN_OR_RETURN(const auto to, parse_version_status(to_text));
  const auto found = model.versions.find(number);
  if (found == model.versions.end()) return impossible(event, fmt::format("version {} is unknown", number_text));
  ModelVersion& version = found->second;
  if (version.status != from)
    return impossible(event,
                      fmt::format("version {} is {}, not {}", number_text, to_string(version.status), from_text));
  if (!is_legal(from, to) || to == VersionStatus::production)
    return impossible(event, fmt::format("{} does not become {} this way", from_text, to_text));
  const std::string cause = optional_text(event, "cause");
  if (from == VersionStatus::production) {
    if (model.deployments.empty() || model.deployments.back().until) return impossible(event, "no deployment is open");
    model.deployments.back().until = event.at;
    model.deployments.back().end_cause = cause;
  }
  version.status = to;
  if (to == VersionStatus::quarantined) {
    version.quarantine_cause = cause;
    model.pins.erase(number);
  }
  return {};
}

Status Registry::apply_production(Model& model, const Event& event, bool is_rollback) {
  ASSIGN_OR_RETURN(const auto number_text, text_of(event, is_rollback ? "to" : "version"));
  ASSIGN_OR_RETURN(const auto number, parse_version(number_text));
  const auto found = model.versions.find(number);
  if (found == model.versions.end()) return impossible(event, fmt::format("version {} is unknown", number_text));
  for (const auto& [other, version] : model.versions)
    if (version.status == VersionStatus::production)
      return impossible(event, fmt::format("version {} is in production still", other.text()));
  ModelVersion& version = found->second;
  const auto overriding = event.body.find("override");
  const bool overridden = !is_rollback && overriding != event.body.end() && *overriding == true;
  const bool allowed = is_legal(version.status, VersionStatus::production) ||
                       (overridden && version.status == VersionStatus::quarantined);
  if (!allowed || (is_rollback && version.status != VersionStatus::archived))
    return impossible(event, fmt::format("version {} is {}", number_text, to_string(version.status)));
  version.status = VersionStatus::production;
  version.deployed_at = event.at;
  version.quarantine_cause.clear();
  model.deployments.push_back({number,
                               event.at,
                               std::nullopt,
                               optional_text(event, is_rollback ? "cause" : "reason"),
                               {},
                               is_rollback,
                               overridden,
                               event.seq});
  return {};
}

Status Registry::apply_kept(Model& model, const Event& event) {
  const auto known = [&](const std::string& text) -> Result<VersionNumber> {
    ASSIGN_OR_RETURN(const auto number, parse_version(text));
    if (!model.versions.contains(number)) return impossible(event, fmt::format("version {} is unknown", text));
    return number;
  };
  if (event.type == event_type::artifacts_collected) {
    const auto listed = event.body.find("versions");
    if (listed == event.body.end() || !listed->is_array()) return impossible(event, "'versions' is missing");
    std::set<VersionNumber> gone;
    for (const auto& entry : *listed) {
      if (!entry.is_string()) return impossible(event, "'versions' holds something else than versions");
      ASSIGN_OR_RETURN(const auto number, known(entry.get<std::string>()));
      if (model.versions.at(number).status == VersionStatus::production || model.pins.contains(number))
        return impossible(event, fmt::format("version {} is in production or pinned", number.text()));
      gone.insert(number);
    }
    model.collected.merge(gone);
    return {};
  }
  ASSIGN_OR_RETURN(const auto text, text_of(event, "version"));
  ASSIGN_OR_RETURN(const auto number, known(text));
  if (event.type == event_type::version_unpinned) {
    if (model.pins.erase(number) == 0) return impossible(event, fmt::format("version {} is not pinned", text));
    return {};
  }
  if (!model.pins.try_emplace(number, Pin{event.at, optional_text(event, "actor"), optional_text(event, "reason")})
           .second)
    return impossible(event, fmt::format("version {} is pinned already", text));
  return {};
}

const Registry::Model* Registry::model_of(const std::string& name) const {
  const auto found = models_.find(name);
  return found == models_.end() ? nullptr : &found->second;
}

std::vector<std::string> Registry::models() const {
  std::vector<std::string> names;
  for (const auto& [name, model] : models_) names.push_back(name);
  return names;
}

const std::map<VersionNumber, ModelVersion>& Registry::versions(const std::string& model) const {
  static const std::map<VersionNumber, ModelVersion> none;
  const Model* known = model_of(model);
  return known ? known->versions : none;
}

const std::vector<Deployment>& Registry::deployments(const std::string& model) const {
  static const std::vector<Deployment> none;
  const Model* known = model_of(model);
  return known ? known->deployments : none;
}

const ModelVersion* Registry::find(const std::string& model, VersionNumber number) const {
  const auto& all = versions(model);
  const auto found = all.find(number);
  return found == all.end() ? nullptr : &found->second;
}

Result<const ModelVersion*> Registry::get(const std::string& model, VersionNumber number) const {
  if (const auto* version = find(model, number)) return version;
  const auto& all = versions(model);
  if (all.empty()) return fail(ErrorCode::not_found, fmt::format("the model '{}' has no versions yet", model));
  constexpr std::size_t shown = 5;
  std::string known;
  std::size_t count = 0;
  for (auto it = all.rbegin(); it != all.rend() && count < shown; ++it, ++count)
    known += (count > 0 ? ", " : "") + it->first.text();
  if (all.size() > shown) known += ", …";
  return fail(ErrorCode::not_found, fmt::format("the version {} is unknown", number.text()), model,
              "newest known versions: " + known);
}

const ModelVersion* Registry::champion(const std::string& model) const {
  const auto& stays = deployments(model);
  if (stays.empty() || stays.back().until) return nullptr;
  return find(model, stays.back().version);
}

const Deployment* Registry::deployed_at(const std::string& model, TimePoint at) const {
  const auto& stays = deployments(model);
  // Backwards: where the clock stood still or jumped, the later event is the truth.
  for (auto it = stays.rbegin(); it != stays.rend(); ++it)
    if (it->from <= at && (!it->until || at < *it->until)) return &*it;
  return nullptr;
}

Result<VersionNumber> Registry::rollback_target(const std::string& model, std::optional<VersionNumber> to) const {
  const auto* present = champion(model);
  if (!present) return fail(ErrorCode::conflict, "no version is in production", model, "promote one first");
  const auto& stays = deployments(model);
  if (to) {
    ASSIGN_OR_RETURN(const auto* version, get(model, *to));
    if (version->number == present->number)
      return fail(ErrorCode::conflict, fmt::format("version {} is in production already", to->text()), model);
    TRY(check_there(model, *to));
    if (!fits(version->signature, present->signature))
      return fail(ErrorCode::conflict,
                  fmt::format("version {} has another signature than {}, which is in production: what clients send now "
                              "does not suit it",
                              to->text(), present->number.text()),
                  model, "promote it with an override, together with its clients");
    const bool served = std::ranges::any_of(stays, [&](const auto& stay) { return stay.version == *to; });
    if (version->status != VersionStatus::archived || !served)
      return fail(ErrorCode::conflict,
                  fmt::format("version {} cannot be rolled back to: it is {}{}", to->text(), to_string(version->status),
                              served ? "" : " and never was in production"),
                  model, "leave the version out for the newest earlier one, or promote with an override");
    return *to;
  }
  for (auto it = stays.rbegin(); it != stays.rend(); ++it) {
    const auto* version = find(model, it->version);
    if (version && may_return(model, *version, *present)) return version->number;
  }
  return fail(ErrorCode::conflict, "no previous version to roll back to", model,
              fmt::format("{} stays in production; every other one is quarantined, never served, has another signature "
                          "or is no longer kept",
                          present->number.text()));
}

Result<VersionNumber> Registry::automatic_rollback_target(const std::string& model) const {
  const auto pinned = [&](VersionNumber number, std::string_view what) {
    const Pin& by = *pin(model, number);
    return fail(ErrorCode::conflict,
                fmt::format("version {} is pinned (by {}, {}{}{}): {}", number.text(), by.actor, format_time(by.at),
                            by.reason.empty() ? "" : ", ", by.reason, what),
                model,
                fmt::format("a person may roll back all the same, or `perennial pin {} --release`", number.text()));
  };
  if (const auto* present = champion(model); present != nullptr && pin(model, present->number) != nullptr)
    return pinned(present->number, "automation does not take it out of production");
  ASSIGN_OR_RETURN(const VersionNumber target, rollback_target(model));
  const auto& stays = deployments(model);
  for (auto it = stays.rbegin(); it != stays.rend(); ++it) {
    if (it->version == target) return target;
    if (pin(model, it->version) != nullptr)
      return pinned(it->version, fmt::format("automation does not go back past it, to {}", target.text()));
  }
  return target;
}

bool Registry::may_return(const std::string& model, const ModelVersion& version, const ModelVersion& present) const {
  return version.number != present.number && version.status == VersionStatus::archived &&
         !is_collected(model, version.number) && fits(version.signature, present.signature);
}

bool Registry::fits(const Json& older, const Json& present) {
  if (older == present) return true;
  const auto old_request = older.find("request");
  const auto request = present.find("request");
  if (old_request == older.end() || request == present.end() ||
      older.value("targets", Json()) != present.value("targets", Json()))
    return false;
  return std::ranges::all_of(*old_request, [&](const Json& column) {
    return std::ranges::any_of(*request, [&](const Json& sent) { return sent == column; });
  });
}

const Pin* Registry::pin(const std::string& model, VersionNumber number) const {
  const Model* known = model_of(model);
  if (known == nullptr) return nullptr;
  const auto found = known->pins.find(number);
  return found == known->pins.end() ? nullptr : &found->second;
}

Status Registry::check_there(const std::string& model, VersionNumber number) const {
  if (!is_collected(model, number)) return {};
  return fail(
      ErrorCode::conflict, fmt::format("the artifact of version {} was collected", number.text()), model,
      "`perennial versions` shows which ones are there; `rollout.keep` says how many are kept, a pin keeps one");
}

bool Registry::is_collected(const std::string& model, VersionNumber number) const {
  const Model* known = model_of(model);
  return known != nullptr && known->collected.contains(number);
}

Result<VersionNumber> Registry::next_number(const std::string& model, const Json& signature,
                                            const std::string& config_hash) const {
  const auto& all = versions(model);
  if (all.empty()) return VersionNumber{1, 0, 0};
  const ModelVersion& highest = all.rbegin()->second;
  VersionNumber next = highest.number;
  std::uint32_t& part = highest.signature != signature       ? next.major
                        : highest.config_hash != config_hash ? next.minor
                                                             : next.patch;
  if (part == UINT32_MAX)
    return fail(ErrorCode::too_large, "no version number is left after " + highest.number.text(), model);
  ++part;
  if (&part == &next.major) next.minor = next.patch = 0;
  if (&part == &next.minor) next.patch = 0;
  return next;
}

}  // namespace perennial::registry
