#include "lifecycle/production_history.hpp"

#include <fmt/format.h>

namespace perennial::lifecycle {
namespace {

std::string text_of(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

/// A person's order, as command_of() of fleet_commands.cpp has journalled it.
Json operator_of(const Json& body) {
  const std::string actor = text_of(body, "actor");
  return {{"who", "operator"}, {"name", actor}, {"because", text_of(body, "asked_because")}};
}

/// What a Promoted or RolledBack says of itself.
Json change_of(const registry::Registry& registry, const Event& event) {
  const Json& body = event.body;
  const bool by_hand = !text_of(body, "actor").empty();
  Json change = {{"event", event.seq}, {"rollout", nullptr}, {"reason", text_of(body, "reason")}};
  if (const std::string id = text_of(body, "id"); !id.empty()) change["rollout"] = id;
  if (event.type == event_type::rolled_back) {
    const bool live = text_of(body, "cause") == "live_analysis" && !by_hand;
    change["how"] = "rolled_back";
    if (!live) change["reason"] = text_of(body, "cause");
    change["asked_by"] = live
                             ? Json{{"who", "live_analysis"}, {"name", "rollout"}, {"because", text_of(body, "reason")}}
                             : operator_of(body);
    change["evidence"] = live ? fmt::format("of {}: {}", text_of(body, "from"), text_of(body, "reason"))
                              : "none was asked for: a person rolled back";
    return change;
  }
  const auto number = parse_version(text_of(body, "version"));
  const ModelVersion* version = number ? registry.find(event.model, *number) : nullptr;
  const Json by_policy = {{"who", "policy"},
                          {"name", version != nullptr ? version->trigger : std::string{}},
                          {"because", version != nullptr ? version->changelog : std::string{}}};
  if (body.value("override", false)) {
    change["how"] = "overridden";
    change["asked_by"] = operator_of(body);
    change["evidence"] = "none: a person promoted it past its evidence, which is audited";
    if (const auto state = body.find("rollout"); state != body.end() && state->is_object())
      change["rollout"] = state->value("id", "");
  } else if (body.value("from", Json()).is_null()) {
    change["how"] = "first";
    change["asked_by"] = by_policy;
    change["evidence"] = "its gates: no version served before it that it could be compared with";
  } else {
    change["how"] = "promoted";
    change["asked_by"] = by_hand ? operator_of(body) : by_policy;
    change["evidence"] = text_of(body, "reason");
  }
  return change;
}

std::string asked_in_words(const Json& asked) {
  const auto who = asked.at("who").get<std::string>();
  const auto name = asked.at("name").get<std::string>();
  const auto because = asked.at("because").get<std::string>();
  std::string words = who == "operator"        ? fmt::format("asked for by a person ({})", name)
                      : who == "live_analysis" ? std::string("asked for by the live analysis")
                                               : fmt::format("its retrain was asked for by the policy '{}'", name);
  if (!because.empty() && who != "live_analysis") words += ": " + because;
  return words;
}

std::string change_in_words(const std::string& version, const Json& change) {
  const auto how = change.at("how").get<std::string>();
  const auto reason = change.at("reason").get<std::string>();
  if (how == "first") return "the first version";
  if (how == "rolled_back") return fmt::format("came back to {} by a rollback: {}", version, reason);
  if (how == "overridden") return fmt::format("promoted by a person past the evidence: {}", reason);
  return fmt::format("promoted by its rollout: {}", reason);
}

/// The stay at `index`; its end is the change that began the next one.
Result<Json> stay_json(const registry::Registry& registry, storage::Journal& journal, const std::string& model,
                       std::size_t index) {
  const auto& stays = registry.deployments(model);
  const auto change = [&](const registry::Deployment& stay) -> Result<Json> {
    ASSIGN_OR_RETURN(const auto events, journal.range(stay.seq - 1, 1, model));
    if (events.empty() || events.front().seq != stay.seq)
      return fail(ErrorCode::corrupt, fmt::format("event {} is not in the journal", stay.seq), model,
                  "perennial audit verify names the first bad record");
    return change_of(registry, events.front());
  };
  const registry::Deployment& stay = stays[index];
  ASSIGN_OR_RETURN(Json json, change(stay));
  const std::string version = stay.version.text();
  json["version"] = version;
  json["from"] = format_time(stay.from);
  json["until"] = stay.until ? Json(format_time(*stay.until)) : Json(nullptr);
  json["ended"] = nullptr;
  std::string words = fmt::format("{} from {} {}: {}; {}", version, format_time(stay.from),
                                  stay.until ? "until " + format_time(*stay.until) : std::string("until now"),
                                  change_in_words(version, json), asked_in_words(json.at("asked_by")));
  if (index + 1 < stays.size()) {
    ASSIGN_OR_RETURN(json["ended"], change(stays[index + 1]));
    json["ended"]["version"] = stays[index + 1].version.text();
    words += fmt::format("; then {}: {}", stays[index + 1].version.text(),
                         change_in_words(stays[index + 1].version.text(), json["ended"]));
  }
  json["in_words"] = std::move(words);
  return json;
}

}  // namespace

Result<Json> production_history(const registry::Registry& registry, storage::Journal& journal, const std::string& model,
                                std::optional<TimePoint> at, TimePoint now) {
  const auto& stays = registry.deployments(model);
  if (!at) {
    Json list = Json::array();
    for (std::size_t i = stays.size(); i > 0 && list.size() < stays_told; --i) {
      ASSIGN_OR_RETURN(Json stay, stay_json(registry, journal, model, i - 1));
      list.push_back(std::move(stay));
    }
    const std::size_t left_off = stays.size() - list.size();
    std::string words =
        stays.empty() ? "no version has been in production yet"
                      : fmt::format("{} stays in production since {}", stays.size(), format_time(stays.front().from));
    return Json{{"model", model}, {"history", std::move(list)}, {"left_off", left_off}, {"in_words", std::move(words)}};
  }

  const bool ahead = *at > now;
  Json json = {{"model", model}, {"at", format_time(*at)}, {"version", nullptr}, {"stay", nullptr}};
  const registry::Deployment* stay = registry.deployed_at(model, *at);
  if (stay == nullptr) {
    json["in_words"] =
        stays.empty() ? fmt::format("no version of {} has been in production yet", model)
                      : fmt::format("no version of {} was in production at {}: the first one, {}, came at {}", model,
                                    format_time(*at), stays.front().version.text(), format_time(stays.front().from));
    return json;
  }
  ASSIGN_OR_RETURN(json["stay"], stay_json(registry, journal, model, static_cast<std::size_t>(stay - stays.data())));
  json["version"] = stay->version.text();
  json["in_words"] = (ahead ? fmt::format("{} is ahead, this is who serves now: ", format_time(*at)) : std::string{}) +
                     json["stay"].at("in_words").get<std::string>();
  return json;
}

}  // namespace perennial::lifecycle
