// Brings a registered version to full traffic, one judged step at a time, or takes it back.

#include <fmt/format.h>

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

const ModelVersion* ModelLoop::cycle_version() const {
  const auto* job = services_.state->jobs().find(state().cycle_job);
  if (job == nullptr) return nullptr;
  const std::string run = job->result.value("run_id", "");
  if (run.empty()) return nullptr;
  for (const auto& [number, version] : services_.state->registry().versions(config_.name))
    if (version.run_id == run) return &version;
  return nullptr;
}

Status ModelLoop::begin_rollout(TimePoint now, bool by_hand, const Json& command) {
  const ModelVersion* version = cycle_version();
  if (version == nullptr || version->status != VersionStatus::registered) return {};
  const auto& registry = services_.state->registry();
  const std::string job = state().cycle_job;
  const auto* champion = registry.champion(config_.name);
  if (champion != nullptr && !by_hand) {
    ASSIGN_OR_RETURN(const bool held, hold_back(*version, now));
    if (held) return {};
  }
  std::vector<NewEvent> events;
  std::string outlook;
  if (champion == nullptr) {
    ASSIGN_OR_RETURN(events, registry.plan_promote(config_.name, version->number,
                                                   "the first version: nothing serves before it", false));
    CycleTimes times = state().cycle;
    times.production = now;
    events.push_back({config_.name,
                      std::string(event_type::cycle_ended),
                      {{"job", job},
                       {"outcome", "promoted"},
                       {"version", version->number.text()},
                       {"reason", "the first version"},
                       {"times", to_json(times)},
                       {"row", rows_seen()}}});
  } else {
    if (state().rollout)  // only a watch can still be running here
      events.push_back({config_.name,
                        std::string(event_type::rollout_completed),
                        {{"id", state().rollout->id},
                         {"version", state().rollout->challenger},
                         {"reason", "superseded by a newer version"},
                         {"row", rows_seen()}}});
    const std::string id = services_.ids->uuid();
    const rollout::RolloutState first = rollout::start(config_.rollout, id, config_.name, version->number.text(),
                                                       champion->number.text(), id, now, rows_seen());
    ASSIGN_OR_RETURN(auto status,
                     registry.plan_status_change(
                         config_.name, version->number, VersionStatus::registered,
                         first.phase == rollout::Phase::shadow ? VersionStatus::shadow : VersionStatus::canary,
                         "its rollout begins"));
    events.push_back(std::move(status));
    const auto forecast = rollout::forecast(config_.rollout, traffic(now));
    if (config_.rollout.strategy != "none") outlook = "; " + rollout::in_words(config_.rollout, forecast);
    events.push_back(
        {config_.name,
         std::string(event_type::rollout_planned),
         {{"id", id},
          {"job", job},
          {"version", version->number.text()},
          {"champion", champion->number.text()},
          {"plan", rollout::to_json(config_.rollout)},
          {"samples_to_a_verdict",
           config_.rollout.min_samples * (config_.rollout.steps.size() + (config_.rollout.shadow.empty() ? 0 : 1))},
          {"forecast", rollout::to_json(forecast)},
          {"outlook", outlook.empty() ? "" : outlook.substr(2)},
          {"rollout", rollout::to_json(first)},
          {"by_hand", by_hand},
          {"row", rows_seen()}}});
    for (const auto& [key, value] : command.items()) events.back().body[key] = value;
  }
  ASSIGN_OR_RETURN(const auto written, services_.events->write(now, events));
  alert(written.back(), champion == nullptr ? "the first version serves" : "a rollout begins",
        version->number.text() + ": " + version->changelog + outlook);
  return {};
}

Status ModelLoop::perform(const rollout::Action& action, const rollout::RecordedStep& decided_on, const Json& command,
                          TimePoint now) {
  if (action.kind == rollout::ActionKind::hold) return {};
  const rollout::RolloutState& before = decided_on.before;
  const rollout::RolloutState after =
      rollout::apply(config_.rollout, before, action, now, decided_on.evidence.rows_now);
  const auto& registry = services_.state->registry();
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(before.challenger));
  const ModelVersion* version = registry.find(config_.name, number);
  if (version == nullptr) return fail(ErrorCode::internal, "the rollout's version is not registered", config_.name);

  Json body = rollout::to_json(action);
  body["id"] = before.id;
  body["version"] = before.challenger;
  body["champion"] = before.champion;
  body["from_phase"] = std::string(rollout::to_string(before.phase));
  body["phase"] = std::string(rollout::to_string(after.phase));
  body["weight"] = after.weight;
  body["evidence"] = rollout::explain(config_.rollout, decided_on.evidence);
  body["recorded"] = rollout::to_json(decided_on);
  body["rollout"] = rollout::to_json(after);
  body["row"] = rows_seen();
  for (const auto& [key, value] : command.items()) body[key] = value;
  CycleTimes times = state().cycle;
  const auto cycle_ended = [&](const std::string& outcome) {
    return NewEvent{config_.name,
                    std::string(event_type::cycle_ended),
                    {{"job", state().rollout_job},
                     {"outcome", outcome},
                     {"version", before.challenger},
                     {"reason", action.reason},
                     {"times", to_json(times)},
                     {"row", rows_seen()}}};
  };

  std::vector<NewEvent> events;
  std::string title;
  switch (action.kind) {
    case rollout::ActionKind::hold: return {};
    case rollout::ActionKind::advance: {
      if (version->status == VersionStatus::shadow) {
        ASSIGN_OR_RETURN(auto status, registry.plan_status_change(config_.name, number, VersionStatus::shadow,
                                                                  VersionStatus::canary, action.reason));
        events.push_back(std::move(status));
      }
      events.push_back({config_.name, std::string(event_type::rollout_advanced), body});
      title = fmt::format("version {} takes {:.0f} % of the traffic", before.challenger, 100 * after.weight);
      break;
    }
    case rollout::ActionKind::promote: {
      ASSIGN_OR_RETURN(events, registry.plan_promote(config_.name, number, action.reason, false));
      for (auto& event : events)
        if (event.type == event_type::promoted)
          for (const auto& [key, value] : body.items())
            if (!event.body.contains(key)) event.body[key] = value;
      times.production = now;
      events.push_back(cycle_ended("promoted"));
      if (const auto gain = losses_->paired(before.challenger); gain.rows > 0)
        events.back().body["gain"] = triggers::to_json(gain);
      title = "version " + before.challenger + " is the champion";
      break;
    }
    case rollout::ActionKind::abort: {
      // Harm puts it in quarantine; a rollout that only ran out of time or evidence leaves it archived.
      const bool harm = action.verdict == Verdict::fail;
      ASSIGN_OR_RETURN(auto status, registry.plan_status_change(
                                        config_.name, number, version->status,
                                        harm ? VersionStatus::quarantined : VersionStatus::archived, action.reason));
      events.push_back({config_.name, std::string(event_type::rollout_aborted), body});
      events.push_back(std::move(status));
      events.push_back(cycle_ended(harm ? "rolled_back" : "kept_champion"));
      title = "version " + before.challenger + " was taken back before its promotion";
      break;
    }
    case rollout::ActionKind::rollback: {
      ASSIGN_OR_RETURN(const VersionNumber target, registry.automatic_rollback_target(config_.name));
      ASSIGN_OR_RETURN(events, plan_rollback(target, "live_analysis",
                                             {{"reason", action.reason},
                                              {"id", before.id},
                                              {"action", body["action"]},
                                              {"verdict", body["verdict"]},
                                              {"weight", body["weight"]},
                                              {"measured", body["measured"]},
                                              {"threshold", body["threshold"]},
                                              {"evidence", body["evidence"]},
                                              {"recorded", body["recorded"]}},
                                             now));
      title = "version " + before.challenger + " was rolled back";
      break;
    }
    case rollout::ActionKind::complete:
      events.push_back({config_.name, std::string(event_type::rollout_completed), body});
      break;
  }
  ASSIGN_OR_RETURN(const auto written, services_.events->write(now, events));
  if (!title.empty()) alert(written.back(), title, action.reason);
  return {};
}

Status ModelLoop::release(TimePoint now) {
  if (rollouts_held_) return {};
  if (!configured()) return {};
  if (!state().cycle_job.empty() && (!state().rollout || state().rollout->phase == rollout::Phase::watch))
    TRY(begin_rollout(now));
  if (!state().rollout) return {};
  const rollout::RecordedStep step{false, config_.rollout, *state().rollout, evidence()};
  newest_counts_.observe(state().phase, step.evidence.challenger);
  TRY(warn_of_arms(step.evidence, now));
  const rollout::Action action = rollout::decide(step.plan, step.before, step.evidence, now);
  if (action.kind == rollout::ActionKind::rollback) {
    ASSIGN_OR_RETURN(const bool held, hold_rollback(action, step, now));
    if (held) return {};
  }
  if (action.needs_approval) TRY(ask_approval(action, step, now));
  TRY(perform(action, step, Json::object(), now));
  // The next row is of the new step, and no row of the old one may be counted for it after a restart either.
  follow_phase();
  return {};
}

}  // namespace perennial::lifecycle
