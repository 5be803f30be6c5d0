// RETRAIN or SKIP: the policies' findings become journalled decisions and at most one queued job.

#include <fmt/format.h>

#include <cctype>

#include "drift/priority.hpp"
#include "lifecycle/model_loop.hpp"
#include "triggers/decide.hpp"

namespace perennial::lifecycle {
namespace {

/// The reason without its numbers: what must change before the same policy is journalled again.
std::string kind_of(const triggers::Decision& decision) {
  std::string kind = decision.retrain ? "retrain" : "skip: ";
  if (decision.retrain) return kind;
  for (const char c : decision.reason)
    if (std::isdigit(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '-' && c != ':') kind += c;
  return kind;
}

std::string strategy_of(const triggers::Decision& decision, const ModelConfig& config) {
  if (decision.human) return "manual";
  return decision.policy.starts_with("schedule") ? "scheduled" : config.strategy;
}

}  // namespace

triggers::TriggerMemory ModelLoop::trigger_memory() const {
  triggers::TriggerMemory memory = memory_;
  const auto& folded = state().memory;
  memory.last_success_at = folded.last_success_at;
  memory.rows_at_last_success = folded.rows_at_last_success;
  memory.last_failure_at = folded.last_failure_at;
  memory.consecutive_failures = folded.consecutive_failures;
  // Votes of an ensemble's members were about the version that served then.
  if (const auto& since = state().champion_since)
    std::erase_if(memory.fired_at, [&](const auto& vote) { return vote.second <= *since; });
  // A rollout that has not reached full traffic is the running retrain's second half: a new one would judge against a
  // champion that may be gone before it is trained.
  const auto& rollout = state().rollout;
  memory.job_active = !services_.state->jobs().refusal(config_.name).empty() || !state().cycle_job.empty() ||
                      (rollout && rollout->phase != rollout::Phase::watch);
  return memory;
}

triggers::TriggerInputs ModelLoop::trigger_inputs(const Detection& found,
                                                  std::vector<triggers::PastRetrain>& retrains) const {
  triggers::TriggerInputs inputs;
  inputs.model = config_.name;
  inputs.waits_for_person = waits_for_person();
  inputs.drift = found.drift ? &*found.drift : nullptr;
  inputs.decay = found.decay;
  inputs.importance = found.importance ? &*found.importance : nullptr;
  inputs.current_metrics = found.metrics;
  inputs.rows_labelled_total = rows_labelled_;
  inputs.rows_labelled_since_training = rows_labelled_ - labelled_at_training_;
  inputs.rows_seen = rows_seen();
  inputs.losses = losses_->blocks();
  inputs.loss_unit = losses_->unit();
  retrains = state().retrains;
  for (auto& retrain : retrains)
    if (retrain.outcome == triggers::RetrainOutcome::promoted)
      retrain.promoted_row = losses_->first_as_champion(retrain.version);
  inputs.retrains = retrains;
  inputs.training.labelled_answers = losses_->rows_total();
  inputs.training.labelled_before_serving = rows_labelled_ - std::min(rows_labelled_, losses_->rows_total());
  inputs.training.min_rows = config_.train.min_rows;
  inputs.training.window_rows = config_.triggers.most_window_rows();
  if (const auto* champion = services_.state->registry().champion(config_.name))
    inputs.training.champion_rows = champion->train_rows + champion->validation_rows;
  inputs.data_bug = state().quarantines.reason();
  inputs.running_since = services_.running_since;
  return inputs;
}

Status ModelLoop::decide(const Detection& found, TimePoint now) {
  if (!configured() || champion_text().empty()) return {};
  std::vector<triggers::PastRetrain> retrains;
  const auto inputs = trigger_inputs(found, retrains);
  const auto before = trigger_memory();
  const auto decisions = triggers::decide(config_.triggers, inputs, before, now);
  const auto known = std::exchange(memory_, triggers::remember(config_.triggers, inputs, before, decisions, now));
  const Status written = journal_decisions(decisions, {}, now);
  if (!written) memory_ = known;  // what was not written was not decided: the next turn does it
  return written;
}

Status ModelLoop::journal_decisions(const std::vector<triggers::Decision>& decisions, const Json& command,
                                    TimePoint now) {
  for (const auto& decision : decisions) {
    const std::string kind = kind_of(decision);
    const auto known = state().last_decisions.find(decision.policy);
    const bool answers_somebody = !decision.event_id.empty();
    if (!decision.retrain && !answers_somebody && known != state().last_decisions.end() && known->second == kind)
      continue;
    Json body = triggers::to_json(decision);
    body["kind"] = kind;
    body["row"] = rows_seen();
    if (decision.retrain || decision.wanted || decision.policy.starts_with("schedule"))
      body["memory"] = triggers::to_json(memory_);
    if (command.is_object())
      for (const auto& [key, value] : command.items()) body[key] = value;
    std::vector<NewEvent> events;
    if (decision.retrain) {
      const std::string job = training::new_job_id(*services_.ids);
      body["job"] = job;
      body["labelled"] = losses_ ? losses_->rows_total() : 0;
      events.push_back({config_.name, std::string(event_type::retrain_requested), body});
      events.push_back({config_.name,
                        std::string(event_type::job_queued),
                        {{"job", job},
                         {"strategy", strategy_of(decision, config_)},
                         {"trigger", decision.policy},
                         {"reason", decision.reason},
                         {"priority", decision.priority},
                         {"row", rows_seen()}}});
      if (const auto rate = decay_per_week(now)) {
        events.back().body["decay_per_week"] = rate->value;
        events.back().body["decay_per_week_error"] = rate->standard_error;
      }
    } else {
      events.push_back({config_.name, std::string(event_type::retrain_skipped), body});
    }
    ASSIGN_OR_RETURN(const auto written, services_.events->write(now, events));
    if (decision.advised)
      alert(written.back(),
            config_.triggers.mode == triggers::Mode::advisory ? "a retrain is advised" : "a retrain waits for approval",
            decision.policy + ": " + decision.reason);
  }
  return {};
}

Status ModelLoop::request_training(const std::string& policy, const std::string& reason, TimePoint now) {
  triggers::Decision decision;
  decision.retrain = true;
  decision.policy = policy;
  decision.reason = reason;
  decision.priority = 5;
  return journal_decisions({decision}, {}, now);
}

Status ModelLoop::check_idle() const {
  if (const std::string refusal = services_.state->jobs().refusal(config_.name); !refusal.empty())
    return fail(ErrorCode::conflict, refusal, config_.name, "`serve` goes on with it");
  if (const std::string waits = waits_for_person(); !waits.empty())
    return fail(ErrorCode::conflict, waits, config_.name);
  if (!state().cycle_job.empty() || (state().rollout && state().rollout->phase != rollout::Phase::watch))
    return fail(ErrorCode::conflict, "a retrain or a rollout is under way", config_.name, "wait for its end");
  return {};
}

Status ModelLoop::check_may_judge() const {
  if (!configured())
    return fail(ErrorCode::conflict, "the model has no data yet", config_.name,
                "a graph is judged by labelled rows: give it a data.source, or labelled predictions");
  return check_idle();
}

Result<std::string> ModelLoop::request_judgement(const std::string& graph_digest, const api::CommandContext& context,
                                                 TimePoint now) {
  TRY(check_may_judge());
  std::string job = training::new_job_id(*services_.ids);
  NewEvent queued{config_.name,
                  std::string(event_type::job_queued),
                  {{"job", job},
                   {"strategy", "manual"},
                   {"trigger", "register"},
                   {"reason", context.reason.empty() ? "a graph that was made elsewhere" : context.reason},
                   {"priority", 5},
                   {"graph", graph_digest},
                   {"actor", context.actor},
                   {"row", rows_seen()}}};
  if (context.id) queued.body["command_id"] = *context.id;
  if (const auto written = services_.events->write(now, std::move(queued)); !written)
    return std::unexpected(written.error());
  return job;
}

Status ModelLoop::train_on_everything(TimePoint now) {
  TRY(check_idle());
  whole_store_ = true;
  return request_training("manual", "asked for on the command line", now);
}

Result<api::TriggerAnswer> ModelLoop::decide_event(const api::TriggerEvent& event, const api::CommandContext& context,
                                                   TimePoint now) {
  const auto answer_of = [](const Event& stored) {
    const bool retrain = stored.type == event_type::retrain_requested;
    return api::TriggerAnswer{retrain, stored.body.value("reason", ""),
                              retrain ? std::optional(stored.body.value("job", "")) : std::nullopt};
  };
  const std::string id = context.id ? *context.id : training::new_job_id(*services_.ids);
  if (const Event* answered = services_.state->answered(id)) {
    if (answered->type != event_type::retrain_requested && answered->type != event_type::retrain_skipped)
      return fail(ErrorCode::conflict, "this command id was used for something else", answered->type);
    return answer_of(*answered);
  }
  if (!configured())
    return fail(ErrorCode::conflict, "the model has no data yet", config_.name,
                "give it a data.source, or labelled predictions");
  if (event.priority < 1 || event.priority > 5)
    return fail(ErrorCode::invalid, "priority is not 1 to 5", "priority", "1 is low, 5 is high");

  std::vector<triggers::PastRetrain> retrains;
  if (event.trigger == "manual" && event.metadata.is_object() && event.metadata.value("data", Json()) == "accept")
    TRY(accept_data(context, now));
  triggers::TriggerInputs inputs = trigger_inputs({}, retrains);
  if (event.trigger == "approve") {
    const auto& advised = state().advised;
    if (!advised)
      return fail(ErrorCode::conflict, "no request waits for approval", config_.name, "see perennial status");
    inputs.manual.push_back(
        {id, context.actor,
         fmt::format("approves '{}': {}", advised->value("policy", ""), advised->value("reason", "")),
         event.timestamp.value_or(now)});
  } else if (event.trigger == "manual")
    inputs.manual.push_back({id, context.actor, context.reason, event.timestamp.value_or(now)});
  else inputs.events.push_back({event.trigger, id, event.priority, event.timestamp.value_or(now), event.metadata});
  // Only what was asked is decided here; the policies' own findings wait for the tick that brings their evidence.
  auto decisions = triggers::decide(config_.triggers, inputs, trigger_memory(), now);
  std::erase_if(decisions, [&](const auto& decision) { return decision.event_id != id; });
  if (decisions.empty()) return fail(ErrorCode::internal, "the event was not decided", config_.name);
  TRY(journal_decisions(
      {decisions.front()},
      {{"command_id", id}, {"actor", context.actor}, {"metadata", event.metadata}, {"asked_because", context.reason}},
      now));
  const Event* stored = services_.state->answered(id);
  if (stored == nullptr) return fail(ErrorCode::internal, "the decision was not stored", config_.name);
  TRY(observe());  // labels that were acknowledged before the event are trained on
  TRY(start_queued(now));
  return answer_of(*stored);
}

std::optional<TimePoint> ModelLoop::next_due(TimePoint now) const {
  return triggers::next_due(config_.triggers, config_.name, memory_, now);
}

}  // namespace perennial::lifecycle
