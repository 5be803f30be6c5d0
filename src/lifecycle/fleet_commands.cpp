// What an operator asks for: back, forward, retrain.

#include <fmt/format.h>

#include "core/hash.hpp"
#include "lifecycle/fleet.hpp"
#include "serving/probe.hpp"

namespace perennial::lifecycle {
namespace {

Json command_of(const api::CommandContext& context) {
  Json command = {{"actor", context.actor}};
  if (!context.reason.empty()) command["asked_because"] = context.reason;
  if (context.id) command["command_id"] = *context.id;
  return command;
}

/// The override slot has room for a hash of a command's id; the journal then names the command by it.
std::string hashed_id(std::uint64_t hash) { return fmt::format("#{:016x}", hash); }

/// People hear of what they did, and of every retrain that it ended: no outcome is silent.
/// `events` are not empty.
void tell(ModelLoop& loop, const std::vector<Event>& events, const std::string& title, const std::string& detail) {
  for (const auto& event : events)
    if (event.type == event_type::cycle_ended && &event != &events.back())
      loop.alert(event, "a retrain ended: " + event.body.value("outcome", ""), event.body.value("reason", ""));
  loop.alert(events.back(), title, detail);
}

/// What an alert is about that the journal does not have.
Event unrecorded(const std::string& model, TimePoint now) {
  Event event;
  event.at = now;
  event.model = model;
  event.type = "NotJournalled";
  return event;
}

}  // namespace

Result<Json> Fleet::answer_again(const Event& event) const {
  if (event.type == event_type::rolled_back)
    return Json{{"from", event.body.value("from", "")},
                {"to", event.body.value("to", "")},
                {"confirmed", true},
                {"at", format_time(event.at)}};
  // A promotion by hand of a version that was held back lets its rollout begin.
  if (event.type == event_type::promoted || event.type == event_type::rollout_planned)
    return Json{{"version", event.body.value("version", "")}, {"at", format_time(event.at)}};
  if (event.type == event_type::rollout_aborted || event.type == event_type::rollout_advanced)
    return Json{{"from", event.body.value("version", "")},
                {"to", event.body.value("champion", "")},
                {"version", event.body.value("version", "")},
                {"confirmed", true},
                {"at", format_time(event.at)}};
  if (event.type == event_type::version_pinned || event.type == event_type::version_unpinned)
    return Json{{"version", event.body.value("version", "")},
                {"pinned", event.type == event_type::version_pinned},
                {"at", format_time(event.at)}};
  if (event.type == event_type::version_approved)
    return Json{{"version", event.body.value("version", "")},
                {"digest", event.body.value("digest", "")},
                {"at", format_time(event.at)}};
  return fail(ErrorCode::conflict, "this command id was used for something else", event.type);
}

Result<Json> Fleet::rollback(const std::string& name, std::optional<std::string> to, const api::CommandContext& context,
                             TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  const std::uint64_t command_hash = context.id ? hash64(*context.id) : 0;
  if (context.id) {
    if (const Event* answered = state_.answered(*context.id)) return answer_again(*answered);
    if (const Event* answered = state_.answered(hashed_id(command_hash))) return answer_again(*answered);
  }
  std::optional<VersionNumber> target;
  if (to) {
    ASSIGN_OR_RETURN(target, parse_version(*to));
  }
  const std::string cause = context.reason.empty() ? "operator" : context.reason;
  ASSIGN_OR_RETURN(const auto events, loop->plan_rollback(target, cause, command_of(context), now));
  const auto* champion = state_.registry().champion(name);
  VersionNumber back_to = champion->number;
  std::string from = state_.model(name).rollout ? state_.model(name).rollout->challenger : champion->number.text();
  for (const auto& event : events)
    if (event.type == event_type::rolled_back) {
      ASSIGN_OR_RETURN(back_to, parse_version(event.body.at("to").get<std::string>()));
      from = event.body.at("from").get<std::string>();
    }

  TRY(loadable(name, back_to));

  // The slot needs no free space, the swap needs no disk at all; the journal may come later.
  const storage::PendingOverride pending{name, back_to, now, cause, journal_->last_seq(), command_hash};
  const Status slot = slot_->write(pending);
  overrides_[name] = pending;
  const auto settle = [&] {
    overrides_.erase(name);
    // A record that stays is older than the event, and the next start drops it.
    if (const Status cleared = slot ? slot_->clear(name) : Status{}; !cleared)
      loop->alert(unrecorded(name, now), "the override slot could not be cleared", cleared.error().message());
  };
  if (const Status swapped = swap(); !swapped) {
    settle();
    return std::unexpected(swapped.error());
  }
  const auto written = events_->write(now, events);
  if (written) {
    settle();
    TRY(apply(now));
  } else if (!is_disk_trouble(written.error())) {
    settle();
    TRY(apply(now));
    return std::unexpected(written.error());
  } else if (!slot) {
    Error error = written.error();
    error.hint =
        "the version is out of traffic, but neither the journal nor the override slot could be written: a restart "
        "would bring it back; make space";
    loop->alert(unrecorded(name, now), "a rollback could not be stored", error.message());
    announce();
    return std::unexpected(error);
  }
  const auto evidence = serving::confirm(router_, name, back_to.text());
  tell(*loop, written ? *written : std::vector<Event>{unrecorded(name, now)},
       fmt::format("version {} was rolled back to {}", from, back_to.text()), cause);
  announce();
  return Json{{"from", from},
              {"to", back_to.text()},
              {"confirmed", evidence.ok()},
              {"journalled", written.has_value()},
              {"at", format_time(now)},
              {"problem", evidence.problem}};
}

Status Fleet::loadable(const std::string& name, VersionNumber number) {
  ASSIGN_OR_RETURN(const ModelVersion* version, state_.registry().get(name, number));
  const auto scorer = sessions_->get(*version);
  if (scorer) return {};
  Error error = scorer.error();
  error.hint = fmt::format("version {} cannot serve, so nothing was changed; name another one: perennial versions",
                           number.text());
  return std::unexpected(std::move(error));
}

Status Fleet::reconcile(TimePoint now) {
  const auto pending = overrides_;
  for (const auto& [name, wanted] : pending) {
    const auto* champion = state_.registry().champion(name);
    if (champion == nullptr) continue;
    const auto& deployments = state_.registry().deployments(name);
    const bool settled = !deployments.empty() && deployments.back().seq > wanted.seq;  // a record that was left behind
    // A challenger that was taken back while the champion stayed: its rollout is older than the command and still
    // there.
    const auto& rollout = state_.model(name).rollout;
    const bool challenger_is_back = champion->number == wanted.version_to && rollout &&
                                    rollout->phase != rollout::Phase::watch && state_.model(name).phase <= wanted.seq;
    if (!settled && (champion->number != wanted.version_to || challenger_is_back)) {
      const auto loop = model(name);
      if (!loop) continue;
      Json command = {{"actor", "override.slot"}, {"decided_at", format_time(wanted.at)}};
      if (wanted.command != 0) command["command_id"] = hashed_id(wanted.command);
      const Status there = loadable(name, wanted.version_to);
      auto events = there ? (*loop)->plan_rollback(challenger_is_back ? std::nullopt : std::optional(wanted.version_to),
                                                   wanted.reason, command, now)
                          : std::unexpected(there.error());
      if (!events) {
        (*loop)->alert(unrecorded(name, now), "a stored rollback no longer fits the registry and was dropped",
                       events.error().message());
      } else {
        const auto written = events_->write(now, *events);
        if (!written && is_disk_trouble(written.error())) continue;  // it stays in effect and in the slot
        if (!written) return std::unexpected(written.error());
        tell(**loop, *written, fmt::format("a rollback to {} is recorded now", wanted.version_to.text()),
             wanted.reason);
      }
    }
    overrides_.erase(name);
    TRY(slot_->clear(name));
  }
  return {};
}

Result<Json> Fleet::promote(const std::string& name, const std::string& version, bool override_evidence,
                            const api::CommandContext& context, TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  if (context.id)
    if (const Event* answered = state_.answered(*context.id)) return answer_again(*answered);
  if (!trouble().empty())
    return fail(ErrorCode::conflict, "promotions are held back: " + trouble(), name, "make space on the disk");
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(version));
  const std::string reason = context.reason.empty() ? "operator" : context.reason;
  std::vector<NewEvent> events;
  if (override_evidence) {
    ASSIGN_OR_RETURN(events, loop->plan_promotion(number, reason, command_of(context), now));
    TRY(loadable(name, number));
    ASSIGN_OR_RETURN(const auto written, events_->write(now, events));
    tell(*loop, written, fmt::format("version {} is the champion, past its evidence", version), reason);
  } else {
    TRY(loop->step_by_hand(number, command_of(context), now));
  }
  TRY(apply(now));
  announce();
  return Json{{"version", version}, {"at", format_time(now)}};
}

Result<Json> Fleet::pin(const std::string& name, const std::string& version, bool release,
                        const api::CommandContext& context, TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  if (context.id)
    if (const Event* answered = state_.answered(*context.id)) return answer_again(*answered);
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(version));
  ASSIGN_OR_RETURN(const auto events, loop->plan_pin(number, release, command_of(context)));
  ASSIGN_OR_RETURN(const auto written, events_->write(now, events));
  tell(*loop, written, fmt::format("version {} is {}", version, release ? "no longer pinned" : "pinned"),
       context.reason.empty() ? "operator" : context.reason);
  TRY(apply(now));
  announce();
  return Json{{"version", version}, {"pinned", !release}, {"at", format_time(now)}};
}

Result<Json> Fleet::approve(const std::string& name, const std::string& version, const std::string& digest,
                            const api::CommandContext& context, TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  if (context.id)
    if (const Event* answered = state_.answered(*context.id)) return answer_again(*answered);
  ASSIGN_OR_RETURN(const VersionNumber number, parse_version(version));
  ASSIGN_OR_RETURN(NewEvent event, loop->plan_approval(number, digest, command_of(context)));
  const std::string whole = event.body.at("digest").get<std::string>();
  ASSIGN_OR_RETURN(const Event written, events_->write(now, std::move(event)));
  tell(*loop, {written}, fmt::format("version {} is approved", version),
       context.reason.empty() ? "operator" : context.reason);
  announce();
  return Json{{"version", version}, {"digest", whole}, {"at", format_time(now)}};
}

Result<std::string> Fleet::register_graph(const std::string& name, const std::string& onnx_bytes,
                                          const api::CommandContext& context, TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  if (onnx_bytes.size() > inference::foreign_graph_bytes_most)
    return fail(ErrorCode::too_large, fmt::format("the graph has {} bytes", onnx_bytes.size()), name,
                fmt::format("at most {}", inference::foreign_graph_bytes_most));
  TRY(loop->check_may_judge());  // what is refused leaves nothing behind
  // Bytes first, event second, as for a trained version.
  ASSIGN_OR_RETURN(const std::string digest, blobs_->put(onnx_bytes));
  return loop->request_judgement(digest, context, now);
}

Result<api::TriggerAnswer> Fleet::trigger(const std::string& name, const api::TriggerEvent& event,
                                          const api::CommandContext& context, TimePoint now) {
  ASSIGN_OR_RETURN(ModelLoop * loop, model(name));
  return loop->decide_event(event, context, now);
}

}  // namespace perennial::lifecycle
