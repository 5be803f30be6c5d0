#include "lifecycle/rollout_account.hpp"

#include <fmt/format.h>

#include <deque>

#include "rollout/evidence_in_words.hpp"
#include "rollout/recorded_step.hpp"

namespace perennial::lifecycle {
namespace {

constexpr std::size_t page_events = 256;
constexpr std::size_t rollouts_named = 5;

std::string text_of(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Json part_of(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found == body.end() ? Json() : *found;
}

bool ends_it(const Event& event) {
  return event.type == event_type::rollout_aborted || event.type == event_type::rollout_completed ||
         event.type == event_type::rolled_back;
}

/// Where an event begins a rollout: its id. An override's promotion begins with the watch.
std::string begins(const Event& event) {
  if (event.type == event_type::rollout_planned) return text_of(event.body, "id");
  if (event.type == event_type::promoted && event.body.value("override", false)) {
    const Json state = part_of(event.body, "rollout");
    return state.is_object() ? text_of(state, "id") : std::string{};
  }
  return {};
}

bool is_approval(const Event& event) {
  return event.type == event_type::approval_requested || event.type == event_type::version_approved;
}

/// Collects rollouts from a model's events in their order, as ControlState::apply folds them: at most one runs.
class Collector {
 public:
  explicit Collector(const std::string& which) : which_(which) {}

  void take(const Event& event) {
    if (event.type == event_type::rollback_confirmed) {
      // It follows the rollback that it confirms, which has ended the rollout.
      if (!found_.empty() && part_of(event.body, "rolled_back_seq") == found_.back().seq) found_.push_back(event);
      return;
    }
    if (const std::string id = begins(event); !id.empty()) {
      const std::string version = text_of(event.body, "version");
      known_.push_back(fmt::format("{} ({})", id, version));
      if (known_.size() > rollouts_named) known_.pop_front();
      wanted_ = which_.empty() || which_ == id || which_ == version;
      if (wanted_) found_.clear();
      running_ = true;
      if (wanted_) found_.push_back(event);
      return;
    }
    const bool step = event.type == event_type::rollout_advanced || event.type == event_type::promoted;
    if (!running_ || !(step || is_approval(event) || ends_it(event))) return;
    if (wanted_ && found_.size() < rollout_events_kept) found_.push_back(event);
    if (ends_it(event)) running_ = wanted_ = false;
  }

  Result<std::vector<Event>> result(const std::string& model) {
    if (!found_.empty()) return std::move(found_);
    if (known_.empty()) return fail(ErrorCode::not_found, "the model has had no rollout yet", model);
    std::string names;
    for (auto it = known_.rbegin(); it != known_.rend(); ++it) names += (names.empty() ? "" : ", ") + *it;
    return fail(ErrorCode::not_found, fmt::format("no rollout '{}'", which_), model,
                "name the id of one, or a version; newest: " + names);
  }

 private:
  std::string which_;
  bool running_ = false;
  bool wanted_ = false;
  std::vector<Event> found_;
  std::deque<std::string> known_;
};

/// What was decided on at this event, decided again.
struct Again {
  Json json;
  std::optional<rollout::RecordedStep> step;
};

Again decide_again(const Event& event, const Json& state_before) {
  const auto told = [](const char* outcome, std::string words) {
    return Json{{"outcome", outcome}, {"in_words", std::move(words)}, {"differences", Json::array()}};
  };
  const Json& body = event.body;
  if (!body.contains("recorded")) {
    if (!body.contains("verdict") && !body.contains("evidence"))
      return {told("not_judged", "no verdict to compute again: it was not the judge who ended it"), {}};
    return {told("not_kept", "recorded before evidence was kept: it can't be computed again"), {}};
  }
  auto step = rollout::recorded_step_from_json(body.at("recorded"));
  if (!step) return {told("unreadable", "its record can't be read: " + step.error().message()), {}};
  const auto again = rollout::decide_again(*step, event.at, body);
  Json differences = again.differences;
  if (state_before.is_object() && state_before != rollout::to_json(step->before))
    differences.push_back("the state before it is not the one that the event before has left");
  Json json = told("same", "re-computed: the same verdict");
  if (!differences.empty()) {
    json = told("different",
                "re-computed: NOT the same verdict; the record was changed, or the rules of another release decided");
    json["differences"] = std::move(differences);
  }
  return {std::move(json), std::move(*step)};
}

std::string phase_in_words(const rollout::RolloutState& state) {
  if (state.phase != rollout::Phase::canary) return std::string(rollout::to_string(state.phase));
  return fmt::format("canary {:.4g} %", 100 * state.weight);
}

std::string done_in_words(const Event& event) {
  if (event.type == event_type::rollout_advanced)
    return fmt::format("on to {:.4g} % of the traffic", 100 * event.body.value("weight", 0.0));
  if (event.type == event_type::promoted) return "promoted to full traffic";
  if (event.type == event_type::rollout_aborted) return "taken back before full traffic";
  if (event.type == event_type::rolled_back) return "rolled back to version " + text_of(event.body, "to");
  return event.body.contains("verdict") ? "its watch is over" : "its watch was cut short";
}

/// The step that this event made; `before` is the state that the event before it has left.
Json step_json(const Event& event, const Json& before, std::vector<std::string>& lines) {
  const Json& body = event.body;
  Again again = decide_again(event, before);
  Json step = {{"event", event.seq},
               {"at", format_time(event.at)},
               {"phase", nullptr},
               {"step", nullptr},
               {"weight", nullptr},
               {"since", nullptr},
               {"saw", nullptr},
               {"evidence", part_of(body, "evidence")},
               {"action", part_of(body, "action")},
               {"verdict", part_of(body, "verdict")},
               {"reason", text_of(body, "reason").empty() ? text_of(body, "cause") : text_of(body, "reason")},
               {"asked_by", text_of(body, "actor").empty() ? "judge" : "operator"},
               {"again", again.json}};
  std::string heading = "phase";
  if (const auto state = rollout::rollout_state_from_json(before)) {
    step["phase"] = std::string(rollout::to_string(state->phase));
    if (state->phase == rollout::Phase::canary) step["step"] = state->step;
    step["weight"] = state->weight;
    step["since"] = format_time(state->phase_since);
    const auto stay = std::chrono::floor<std::chrono::seconds>(event.at - state->phase_since);
    heading = fmt::format("{}, {} until {} ({})", phase_in_words(*state), format_time(state->phase_since),
                          format_time(event.at), format_duration(stay));
  }
  lines.push_back(std::move(heading));
  if (again.step) {
    step["saw"] = rollout::findings(again.step->plan, again.step->evidence);
    for (const auto& line : rollout::in_words(again.step->plan, again.step->evidence)) lines.push_back("  " + line);
  }
  std::string verdict = step.at("verdict").is_string() ? "verdict " + step.at("verdict").get<std::string>() + ": " : "";
  if (step.at("asked_by") == "operator")
    verdict = fmt::format("a person ({}) asked{}: {}", text_of(body, "actor"),
                          text_of(body, "asked_because").empty() ? "" : " because of " + text_of(body, "asked_because"),
                          verdict);
  lines.push_back(fmt::format("  {}{}", verdict, step.at("reason").get<std::string>()));
  lines.push_back(fmt::format("  so: {} (event {})", done_in_words(event), event.seq));
  lines.push_back("  " + again.json.at("in_words").get<std::string>());
  for (const auto& difference : again.json.at("differences")) lines.push_back("    " + difference.get<std::string>());
  return step;
}

std::string outcome_of(const Event& last) {
  if (last.type == event_type::rollout_completed)
    return last.body.contains("verdict") ? "completed: promoted, and its watch is over"
                                         : "ended: " + text_of(last.body, "reason");
  if (last.type == event_type::rollout_aborted) return "aborted: the champion never left";
  if (last.type == event_type::rolled_back) return "rolled back after the promotion";
  if (last.type == event_type::promoted) return "running: promoted, and watched";
  return "running";
}

}  // namespace

Result<std::vector<Event>> rollout_events(storage::Journal& journal, const std::string& model,
                                          const std::string& which) {
  Collector collector(which);
  for (std::uint64_t after = 0;;) {
    ASSIGN_OR_RETURN(const auto events, journal.range(after, page_events, model));
    for (const auto& event : events) collector.take(event);
    if (events.size() < page_events) return collector.result(model);
    after = events.back().seq;
  }
}

Json rollout_account(const registry::Registry& registry, const std::vector<Event>& events) {
  const Event& first = events.front();
  const std::string version = text_of(first.body, "version");
  const bool overridden = first.type == event_type::promoted;
  const auto number = parse_version(version);
  const ModelVersion* known = number ? registry.find(first.model, *number) : nullptr;
  std::vector<std::string> lines;
  Json json = {{"model", first.model},
               {"id", begins(first)},
               {"version", version},
               {"champion", overridden ? part_of(first.body, "from") : part_of(first.body, "champion")},
               {"because", known != nullptr ? known->changelog : std::string{}},
               {"began", format_time(first.at)},
               {"plan", part_of(first.body, "plan")},
               {"plan_in_words", Json::array()},
               {"steps", Json::array()}};
  const std::string champion = json.at("champion").is_string() ? json.at("champion").get<std::string>() : "nobody";
  lines.push_back(fmt::format("rollout {} of version {} against {}, begun {}", json.at("id").get<std::string>(),
                              version, champion, format_time(first.at)));
  if (!json.at("because").get_ref<const std::string&>().empty())
    lines.push_back("because: " + json.at("because").get<std::string>());
  if (overridden)
    lines.push_back(fmt::format("a person ({}) promoted it past its evidence: {}", text_of(first.body, "actor"),
                                text_of(first.body, "reason")));
  if (const auto plan = rollout::plan_from_json(json.at("plan"))) {
    lines.emplace_back("plan:");
    for (const auto& words : rollout::describe(*plan)) {
      json["plan_in_words"].push_back(words);
      lines.push_back("  " + words);
    }
  }

  Json before = part_of(first.body, "rollout");
  const Event* end = &first;
  for (std::size_t i = 1; i < events.size(); ++i) {
    const Event& event = events[i];
    if (event.type == event_type::rollback_confirmed) {
      const bool ok = event.body.value("ok", false);
      json["confirmed"] = ok;
      lines.push_back(ok ? fmt::format("  confirmed: version {} answered {} rows that it was asked for",
                                       text_of(event.body, "version"), event.body.value("rows", std::uint64_t{0}))
                         : "  NOT confirmed: " + text_of(event.body, "problem"));
      continue;
    }
    if (is_approval(event)) {
      const std::string digest = text_of(event.body, "digest").substr(0, 8);
      if (event.type == event_type::approval_requested) {
        lines.push_back(fmt::format("{}: a person is asked to approve artifact {}", format_time(event.at), digest));
      } else {
        const std::string because = text_of(event.body, "asked_because");
        json["approved_by"] = text_of(event.body, "actor");
        lines.push_back(fmt::format("{}: a person ({}) approved artifact {}{}", format_time(event.at),
                                    text_of(event.body, "actor"), digest, because.empty() ? "" : ": " + because));
      }
      continue;
    }
    json["steps"].push_back(step_json(event, before, lines));
    before = part_of(event.body, "rollout");
    end = &event;
  }
  json["outcome"] = outcome_of(*end);
  json["over"] = ends_it(*end);
  if (!ends_it(*end))
    if (const auto state = rollout::rollout_state_from_json(before))
      json["outcome"] = fmt::format("running: {} since {}", phase_in_words(*state), format_time(state->phase_since));
  lines.push_back("outcome: " + json.at("outcome").get<std::string>());
  json["in_words"] = lines;
  return json;
}

}  // namespace perennial::lifecycle
