// Brings a registered version to full traffic, one judged step at a time, or takes it back.

#include <fmt/format.h>

#include "core/hash.hpp"
#include "lifecycle/model_loop.hpp"
#include "rollout/validity.hpp"

namespace perennial::lifecycle {
namespace {

/// How many values lie above `limit`, to the histogram's own precision.
std::uint64_t count_over(const stats::LogHistogram& values, double limit) {
  const std::uint64_t n = values.count();
  std::uint64_t within = 0;  // the largest rank whose value is not above the limit
  std::uint64_t above = n + 1;
  while (above - within > 1) {
    const std::uint64_t rank = within + (above - within) / 2;
    const double value = values.quantile((static_cast<double>(rank) - 0.5) / static_cast<double>(n));
    (value <= limit ? within : above) = rank;
  }
  return n - within;
}

rollout::ArmEvidence arm_of(const serving::ArmCounts& counts, double latency_limit_ms) {
  rollout::ArmEvidence arm;
  arm.requests = counts.requests;
  arm.errors = counts.errors;
  arm.non_finite = counts.non_finite;
  arm.latency_samples = counts.latency_us.count();
  arm.latency_ms_p99 = counts.latency_us.quantile(0.99) / 1000;
  arm.latency_over = count_over(counts.latency_us, latency_limit_ms * 1000);
  return arm;
}

serving::ArmCounts sum(serving::ArmCounts a, const serving::ArmCounts& b) {
  a.requests += b.requests;
  a.errors += b.errors;
  a.non_finite += b.non_finite;
  a.fallbacks += b.fallbacks;
  a.latency_us.merge(b.latency_us);
  return a;
}

}  // namespace

const ModelVersion* ModelLoop::cycle_version() const {
  const auto* job = services_.state->jobs().find(state().cycle_job);
  if (job == nullptr) return nullptr;
  const std::string run = job->result.value("run_id", "");
  if (run.empty()) return nullptr;
  for (const auto& [number, version] : services_.state->registry().versions(config_.name))
    if (version.run_id == run) return &version;
  return nullptr;
}

rollout::Evidence ModelLoop::evidence() const {
  rollout::Evidence evidence;
  evidence.rows_now = rows_seen();
  if (!state().rollout || !configured()) return evidence;
  evidence.rollout_id = state().rollout->id;
  evidence.phase = state().rollout->phase;
  evidence.step = state().rollout->step;
  const bool promoted = state().rollout->phase == rollout::Phase::watch;
  const auto& accounting = runtime_->accounting;
  const std::uint64_t phase = state().phase;
  const auto champion = accounting.phase(feedback::Arm::champion, phase);
  const auto others =
      sum(accounting.phase(feedback::Arm::challenger, phase), accounting.phase(feedback::Arm::shadow, phase));
  // After the promotion the challenger is the one that answers, and the previous champion scores beside it.
  const double limit_ms = config_.rollout.latency_ms_p99;
  evidence.challenger = arm_of(promoted ? champion : others, limit_ms);
  evidence.challenger.recent = newest_counts_.since(phase, evidence.challenger);
  evidence.challenger.unusable = why_unusable(state().rollout->challenger);
  evidence.champion = arm_of(promoted ? others : champion, limit_ms);
  for (std::size_t t = 0; t < targets_->size(); ++t) {
    rollout::TargetLoss loss;
    loss.target = (*targets_)[t].name;
    if (paired_phase_ == phase) {
      loss.paired = paired_->evidence(t);
      loss.unpaired = arms_->evidence(t);
    }
    evidence.targets.push_back(std::move(loss));
  }
  evidence.split = split_->evidence();
  return evidence;
}

std::string ModelLoop::why_unusable(const std::string& version) const {
  const auto number = parse_version(version);
  const auto* known = number ? services_.state->registry().find(config_.name, *number) : nullptr;
  return known == nullptr ? std::string{} : services_.sessions->problem(known->artifact_digest);
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

Status ModelLoop::warn_of_arms(const rollout::Evidence& evidence, TimePoint now) {
  const auto validity = rollout::judge_validity(evidence);
  if (validity.verdict == Verdict::pass || state().unequal_in_phase == state().phase) return {};
  ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name,
                                                                    std::string(event_type::warning_raised),
                                                                    {{"what", unequal_arms},
                                                                     {"reason", validity.reason},
                                                                     {"id", evidence.rollout_id},
                                                                     {"version", state().rollout->challenger},
                                                                     {"evidence", rollout::to_json(evidence.split)},
                                                                     {"row", rows_seen()}}}));
  alert(event, std::string(unequal_arms), validity.reason + "; nothing is promoted while this is so");
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
      ASSIGN_OR_RETURN(events, plan_rollback(std::nullopt, "live_analysis",
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
  if (!configured()) return {};
  if (!state().cycle_job.empty() && (!state().rollout || state().rollout->phase == rollout::Phase::watch))
    TRY(begin_rollout(now));
  if (!state().rollout) return {};
  const rollout::RecordedStep step{false, config_.rollout, *state().rollout, evidence()};
  newest_counts_.observe(state().phase, step.evidence.challenger);
  TRY(warn_of_arms(step.evidence, now));
  TRY(perform(rollout::decide(step.plan, step.before, step.evidence, now), step, Json::object(), now));
  // The next row is of the new step, and no row of the old one may be counted for it after a restart either.
  follow_phase();
  return {};
}

Result<std::vector<NewEvent>> ModelLoop::plan_rollback(std::optional<VersionNumber> to, const std::string& cause,
                                                       const Json& command, TimePoint now) const {
  const auto& registry = services_.state->registry();
  const auto& rollout = state().rollout;
  const bool before_promotion = rollout && rollout->phase != rollout::Phase::watch;
  std::vector<NewEvent> events;
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
    ASSIGN_OR_RETURN(const VersionNumber other, parse_version(rollout->challenger));
    ASSIGN_OR_RETURN(auto status,
                     registry.plan_status_change(config_.name, other, registry.find(config_.name, other)->status,
                                                 VersionStatus::archived, "superseded by an operator's promotion"));
    events.push_back({config_.name,
                      std::string(event_type::rollout_aborted),
                      {{"id", rollout->id},
                       {"version", rollout->challenger},
                       {"reason", "superseded by an operator's promotion"},
                       {"row", rows_seen()}}});
    events.push_back(std::move(status));
    events.push_back({config_.name,
                      std::string(event_type::cycle_ended),
                      {{"job", state().rollout_job},
                       {"outcome", "kept_champion"},
                       {"reason", "superseded by an operator's promotion"},
                       {"times", to_json(state().cycle)},
                       {"row", rows_seen()}}});
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
