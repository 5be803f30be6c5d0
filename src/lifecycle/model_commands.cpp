// What a person's word does to one model's rollout, and the way back that the live analysis takes too.

#include <fmt/format.h>

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

Result<std::vector<NewEvent>> ModelLoop::plan_rollback(std::optional<VersionNumber> to, const std::string& cause,
                                                       const Json& command, TimePoint now) const {
  const auto& registry = services_.state->registry();
  const auto& rollout = state().rollout;
  const bool before_promotion = rollout && rollout->phase != rollout::Phase::watch;
  std::vector<NewEvent> events;
  if (before_promotion && to && to->text() == rollout->champion) to.reset();
  if (before_promotion) {
    // While a challenger is on its way, "back" means: away with the challenger.
    ASSIGN_OR_RETURN(const VersionNumber number, parse_version(rollout->challenger));
    ASSIGN_OR_RETURN(auto status,
                     registry.plan_status_change(config_.name, number, registry.find(config_.name, number)->status,
                                                 VersionStatus::quarantined, cause));
    events.push_back({config_.name,
                      std::string(event_type::rollout_aborted),
                      {{"id", rollout->id},
                       {"version", rollout->challenger},
                       {"champion", rollout->champion},
                       {"reason", cause},
                       {"row", rows_seen()}}});
    events.push_back(std::move(status));
    events.push_back({config_.name,
                      std::string(event_type::cycle_ended),
                      {{"job", state().rollout_job},
                       {"outcome", "rolled_back"},
                       {"version", rollout->challenger},
                       {"reason", cause},
                       {"times", to_json(state().cycle)},
                       {"row", rows_seen()}}});
    if (!to) {
      for (const auto& [key, value] : command.items()) events.front().body[key] = value;
      return events;
    }
  }
  ASSIGN_OR_RETURN(auto back, registry.plan_rollback(config_.name, to, cause));
  for (auto& event : back) {
    if (event.type == event_type::rolled_back) {
      event.body["row"] = rows_seen();
      event.body["decided_at"] = format_time(now);
      for (const auto& [key, value] : command.items())
        if (!event.body.contains(key)) event.body[key] = value;
    }
    events.push_back(std::move(event));
  }
  return events;
}

Result<std::vector<NewEvent>> ModelLoop::plan_withdrawal(const std::string& reason) const {
  const auto& registry = services_.state->registry();
  const auto& rollout = *state().rollout;
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(rollout.challenger));
  ASSIGN_OR_RETURN(auto status,
                   registry.plan_status_change(config_.name, number, registry.find(config_.name, number)->status,
                                               VersionStatus::archived, reason));
  std::vector<NewEvent> events;
  events.push_back({config_.name,
                    std::string(event_type::rollout_aborted),
                    {{"id", rollout.id}, {"version", rollout.challenger}, {"reason", reason}, {"row", rows_seen()}}});
  events.push_back(std::move(status));
  events.push_back({config_.name,
                    std::string(event_type::cycle_ended),
                    {{"job", state().rollout_job},
                     {"outcome", "kept_champion"},
                     {"reason", reason},
                     {"times", to_json(state().cycle)},
                     {"row", rows_seen()}}});
  return events;
}

Result<std::vector<NewEvent>> ModelLoop::plan_pin(VersionNumber version, bool release, const Json& command) const {
  const auto& registry = services_.state->registry();
  ASSIGN_OR_RETURN(NewEvent pin, release ? registry.plan_unpin(config_.name, version)
                                         : registry.plan_pin(config_.name, version, command.value("actor", ""),
                                                             command.value("asked_because", "")));
  std::vector<NewEvent> events;
  const auto& rollout = state().rollout;
  const auto* champion = registry.champion(config_.name);
  if (!release && champion != nullptr && champion->number == version && rollout &&
      rollout->phase != rollout::Phase::watch) {
    ASSIGN_OR_RETURN(events, plan_withdrawal("the champion was pinned"));
  }
  for (const auto& [key, value] : command.items()) pin.body[key] = value;
  pin.body["row"] = rows_seen();
  events.push_back(std::move(pin));
  return events;
}

Result<NewEvent> ModelLoop::plan_approval(VersionNumber version, const std::string& digest, const Json& command) const {
  ASSIGN_OR_RETURN(const ModelVersion* known, services_.state->registry().get(config_.name, version));
  const auto& rollout = state().rollout;
  if (!rollout || rollout->challenger != version.text() || rollout->phase == rollout::Phase::watch)
    return fail(ErrorCode::conflict, fmt::format("no rollout of version {} waits for its promotion", version.text()),
                config_.name, "see perennial status");
  if (!config_.rollout.needs_approval)
    return fail(ErrorCode::conflict, "the mode is autonomous: nobody is waited for", config_.name,
                "`perennial promote` takes the next step at once");
  if (config_.rollout.strategy == "none")
    return fail(ErrorCode::conflict, "the strategy is none: nothing is promoted by itself, approved or not",
                config_.name, "`perennial promote " + version.text() + "` does it");
  constexpr std::size_t digits = 8;
  if (!digest.empty() && (digest.size() < digits || !known->artifact_digest.starts_with(digest)))
    return fail(ErrorCode::conflict,
                fmt::format("the artifact of version {} is {}, not {}", version.text(), known->artifact_digest, digest),
                config_.name, fmt::format("at least {} digits of it", digits));
  if (state().approved_rollout == rollout->id)
    return fail(ErrorCode::conflict, fmt::format("version {} is approved already", version.text()), config_.name);
  NewEvent event{config_.name,
                 std::string(event_type::version_approved),
                 {{"id", rollout->id},
                  {"version", version.text()},
                  {"digest", known->artifact_digest},
                  {"phase", std::string(rollout::to_string(rollout->phase))},
                  {"row", rows_seen()}}};
  for (const auto& [key, value] : command.items()) event.body[key] = value;
  return event;
}

Status ModelLoop::step_by_hand(VersionNumber version, const Json& command, TimePoint now) {
  TRY(services_.state->registry().get(config_.name, version));
  const auto& rollout = state().rollout;
  if (const auto* waiting = cycle_version(); waiting != nullptr && waiting->number == version &&
                                             waiting->status == VersionStatus::registered &&
                                             (!rollout || rollout->phase == rollout::Phase::watch))
    return begin_rollout(now, true, command);
  if (!rollout || rollout->challenger != version.text() || rollout->phase == rollout::Phase::watch)
    return fail(ErrorCode::conflict, fmt::format("no rollout of version {} is running", version.text()), config_.name,
                "only its rollout brings a version to traffic; an override is possible and is recorded");
  const rollout::RecordedStep step{true, config_.rollout, *rollout, evidence()};
  const rollout::Action action = rollout::step_by_hand(step.plan, step.before, step.evidence);
  if (action.kind == rollout::ActionKind::hold)
    return fail(ErrorCode::conflict, "the next step is not possible yet: " + action.reason, config_.name,
                "an override is possible and is recorded");
  return perform(action, step, command, now);
}

Result<std::vector<NewEvent>> ModelLoop::plan_promotion(VersionNumber version, const std::string& reason,
                                                        const Json& command, TimePoint now) const {
  const auto& registry = services_.state->registry();
  ASSIGN_OR_RETURN(const ModelVersion* known, registry.get(config_.name, version));
  const auto* champion = registry.champion(config_.name);
  if (champion != nullptr && champion->number == version)
    return fail(ErrorCode::conflict, fmt::format("version {} is the champion already", version.text()), config_.name);
  std::vector<NewEvent> events;
  const auto& rollout = state().rollout;
  if (rollout && rollout->phase != rollout::Phase::watch && rollout->challenger != version.text()) {
    ASSIGN_OR_RETURN(events, plan_withdrawal("superseded by an operator's promotion"));
  } else if (rollout) {
    events.push_back({config_.name,
                      std::string(event_type::rollout_completed),
                      {{"id", rollout->id},
                       {"version", rollout->challenger},
                       {"reason", "superseded by an operator's promotion"},
                       {"row", rows_seen()}}});
  }
  ASSIGN_OR_RETURN(auto promoted, registry.plan_promote(config_.name, version, reason, true));
  for (auto& event : promoted) {
    if (event.type == event_type::promoted) {
      event.body["row"] = rows_seen();
      for (const auto& [key, value] : command.items())
        if (!event.body.contains(key)) event.body[key] = value;
      if (champion != nullptr) {
        // An override skips the evidence before, never the watch after.
        rollout::RolloutState watch =
            rollout::start(config_.rollout, fmt::format("override-{}-{}", version.text(), state().last_seq),
                           config_.name, known->number.text(), champion->number.text(), "override", now, rows_seen());
        watch.phase = rollout::Phase::watch;
        watch.weight = 1;
        event.body["rollout"] = rollout::to_json(watch);
      }
    }
    events.push_back(std::move(event));
  }
  // The retrain that made this version has its outcome; without it no other retrain could begin.
  if (!state().cycle_job.empty() && cycle_version() == known) {
    CycleTimes times = state().cycle;
    times.production = now;
    events.push_back({config_.name,
                      std::string(event_type::cycle_ended),
                      {{"job", state().cycle_job},
                       {"outcome", "promoted"},
                       {"version", version.text()},
                       {"reason", reason},
                       {"times", to_json(times)},
                       {"row", rows_seen()}}});
  }
  return events;
}

}  // namespace perennial::lifecycle
