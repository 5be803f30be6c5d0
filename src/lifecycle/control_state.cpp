#include "lifecycle/control_state.hpp"

#include <algorithm>

#include "core/limits.hpp"
#include "triggers/decide.hpp"

namespace perennial::lifecycle {
namespace {

std::string text_of(const Json& body, const char* key) {
  const auto found = body.find(key);
  return found != body.end() && found->is_string() ? found->get<std::string>() : std::string{};
}

Json time_or_null(const std::optional<TimePoint>& at) { return at ? Json(format_time(*at)) : Json(nullptr); }

std::optional<TimePoint> time_of(const Json& body, const char* key) {
  const std::string text = text_of(body, key);
  if (text.empty()) return std::nullopt;
  const auto parsed = parse_time(text);
  return parsed ? std::optional(*parsed) : std::nullopt;
}

void begin_alarm(ModelState& model, const Event& event) {
  if (model.onset) return;
  model.onset = event.at;
  model.onset_row = event.body.value("row", std::uint64_t{0});
}

/// After the end of one alarm.
void end_alarm(ModelState& model) {
  if (model.drifting_columns.empty() && !model.decayed && !model.importance_drift) model.onset.reset();
}

triggers::PastRetrain* retrain_of(ModelState& model, const std::string& job) {
  const auto found = std::ranges::find(model.retrains, job, &triggers::PastRetrain::job);
  return job.empty() || found == model.retrains.end() ? nullptr : &*found;
}

triggers::RetrainOutcome outcome_of(const std::string& word) {
  if (word == "promoted") return triggers::RetrainOutcome::promoted;
  return word == "failed" ? triggers::RetrainOutcome::failed : triggers::RetrainOutcome::kept;
}

}  // namespace

Json to_json(const CycleTimes& times) {
  Json json = {{"onset", time_or_null(times.onset)},
               {"detected", time_or_null(times.onset)},
               {"decided", time_or_null(times.decided)},
               {"trained", time_or_null(times.trained)},
               {"canary", time_or_null(times.canary)},
               {"production", time_or_null(times.production)},
               {"time_to_retrain", nullptr},
               {"decay_per_week", times.decay_per_week ? Json(*times.decay_per_week) : Json(nullptr)},
               {"decay_per_week_error", times.decay_per_week ? Json(*times.decay_per_week_error) : Json(nullptr)}};
  if (times.late) json["late"] = true;
  if (times.production && times.onset) json["time_to_retrain"] = format_duration(*times.production - *times.onset);
  return json;
}

const ModelState& ControlState::model(const std::string& name) const {
  static const ModelState nothing;
  const auto found = models_.find(name);
  return found == models_.end() ? nothing : found->second;
}

const Event* ControlState::answered(const std::string& command_id) const {
  const auto found = answered_.find(command_id);
  return found == answered_.end() ? nullptr : &found->second;
}

std::uint64_t ControlState::count(const std::string& event_type) const {
  const auto found = counts_.find(event_type);
  return found == counts_.end() ? 0 : found->second;
}

Status ControlState::apply(const Event& event) {
  TRY(registry_.apply(event));
  jobs_.apply(event);
  ++events_;
  ++counts_[event.type];
  if (!event.model.empty()) apply_to_model(models_[event.model], event);
  if (const std::string id = text_of(event.body, "command_id"); !id.empty() && answered_.emplace(id, event).second) {
    answered_order_.push_back(id);
    if (answered_order_.size() > limits::command_ids) {
      answered_.erase(answered_order_.front());
      answered_order_.erase(answered_order_.begin());
    }
  }
  return {};
}

void ControlState::apply_to_model(ModelState& model, const Event& event) {
  const Json& body = event.body;
  model.last_seq = event.seq;
  model.quarantines.apply(event);
  model.batches.apply(event);
  if (const auto memory = body.find("memory"); memory != body.end())
    if (auto parsed = triggers::trigger_memory_from_json(*memory)) model.memory = *parsed;

  if (event.type == event_type::model_configured) {
    model.configured = body;
  } else if (event.type == event_type::drift_detected) {
    model.drifting_columns = body.value("columns", std::vector<std::string>{});
    begin_alarm(model, event);
  } else if (event.type == event_type::drift_resolved) {
    model.drifting_columns.clear();
    end_alarm(model);
  } else if (event.type == event_type::decay_detected) {
    model.decayed = true;
    begin_alarm(model, event);
  } else if (event.type == event_type::decay_resolved) {
    model.decayed = false;
    end_alarm(model);
  } else if (event.type == event_type::importance_drift_detected) {
    model.importance_drift = body;
    begin_alarm(model, event);
  } else if (event.type == event_type::importance_drift_resolved) {
    model.importance_drift.reset();
    end_alarm(model);
  } else if (event.type == event_type::estimated_decay_detected) {
    model.estimated_decay = body;
  } else if (event.type == event_type::estimated_decay_resolved) {
    model.estimated_decay.reset();
  } else if (event.type == event_type::retrain_requested || event.type == event_type::retrain_skipped) {
    model.last_decisions[text_of(body, "policy")] = text_of(body, "kind");
    if (body.value("advised", false)) model.advised = body;
    else if (event.type == event_type::retrain_requested ||
             (model.advised && text_of(*model.advised, "policy") == text_of(body, "policy")))
      model.advised.reset();
    if (event.type == event_type::retrain_requested && !model.baselines.empty()) {
      if (model.retrains.size() >= triggers::past_retrains_kept) model.retrains.erase(model.retrains.begin());
      auto& retrain = model.retrains.emplace_back();
      retrain.job = text_of(body, "job");
      retrain.requested_row = body.value("labelled", std::uint64_t{0});
    }
  } else if (event.type == event_type::job_queued) {
    model.cycle_job = text_of(body, "job");
    model.cycle = {};
    model.cycle.onset = model.onset ? model.onset : event.at;
    model.cycle.decided = event.at;
    if (const Json rate = body.value("decay_per_week", Json()); rate.is_number()) {
      model.cycle.decay_per_week = rate.get<double>();
      model.cycle.decay_per_week_error = body.value("decay_per_week_error", 0.0);
    }
    model.cycle_by_alarm = model.onset.has_value();
    model.cycle_onset_row = model.onset_row;
    model.cycle.late = model.cycle_by_alarm && model.onset_late && model.settled_onset == model.onset;
  } else if (event.type == event_type::job_started) {
    model.has_trained = true;
    model.joined_at_training = body.value("rows_joined", std::uint64_t{0});
    if (const auto change = body.find("change"); change != body.end())
      if (const auto at = time_of(*change, "at"))
        model.change = triggers::ChangePoint{*at, text_of(*change, "found_by")};
  } else if (event.type == event_type::warning_raised && text_of(body, "what") == late_retrain) {
    model.settled_onset = time_of(body, "alarm_onset");
    model.cycle.late = model.onset_late = true;
  } else if (event.type == event_type::warning_raised && text_of(body, "what") == unequal_arms) {
    model.unequal_in_phase = model.phase;
  } else if (event.type == event_type::warning_raised && text_of(body, "what") == held_back) {
    model.held_back_version = text_of(body, "version");
  } else if (event.type == event_type::warning_raised && text_of(body, "what") == rollback_held) {
    model.rollback_held_in_phase = model.phase;
  } else if (event.type == event_type::version_pinned || event.type == event_type::version_unpinned) {
    model.held_back_version.clear();  // what holds it back now may be something else, and is told
  } else if (event.type == event_type::approval_requested) {
    model.approval_asked_in_phase = model.phase;
  } else if (event.type == event_type::version_approved) {
    model.approved_rollout = text_of(body, "id");
  } else if (event.type == event_type::run_finished) {
    model.cycle.trained = event.at;
    model.run_importance.clear();
    const Json importance = body.value("importance", Json::object());
    for (const auto& [target, columns] : importance.items())
      for (const auto& [column, share] : columns.items())
        if (share.is_number()) model.run_importance[target][column] = share.get<double>();
    model.memory = triggers::after_success(model.memory, event.at, body.value("rows_seen", std::uint64_t{0}));
  } else if (event.type == event_type::run_failed) {
    if (!body.value("interrupted", false)) model.memory = triggers::after_failure(model.memory, event.at);
  } else if (event.type == event_type::gate_evaluated) {
    model.judged.clear();
    const Json estimates = body.value("estimates", Json::object());
    for (const auto& [name, estimate] : estimates.items())
      if (estimate.at("value").is_number() && estimate.at("standard_error").is_number())
        model.judged[name] = {estimate.at("value").get<double>(), estimate.at("standard_error").get<double>(),
                              estimate.at("n").get<std::uint64_t>()};
  } else if (event.type == event_type::version_registered) {
    const std::string version = text_of(body, "version");
    if (auto* retrain = retrain_of(model, text_of(body, "job"))) retrain->version = version;
    model.baselines[version] = std::exchange(model.judged, {});
    model.importances[version] = std::exchange(model.run_importance, {});
    model.references[version] = text_of(body, "reference_digest");
    if (const std::string held_out = text_of(body, "held_out_digest"); !held_out.empty())
      model.held_out[version] = held_out;
    if (const auto calibration = body.find("calibration"); calibration != body.end())
      model.calibrations[version] = *calibration;
  } else if (event.type == event_type::rollout_planned || event.type == event_type::rollout_advanced ||
             event.type == event_type::promoted) {
    if (const auto state = body.find("rollout"); state != body.end() && state->is_object())
      if (auto parsed = rollout::rollout_state_from_json(*state)) model.rollout = *parsed;
    if (event.type == event_type::rollout_planned) {
      model.rollout_job = text_of(body, "job");
      model.rollouts.began(event.at);
      if (body.value("by_hand", false)) model.rollouts.rolled_back_in_a_row = 0;
    }
    if (event.type == event_type::rollout_advanced && !model.cycle.canary) model.cycle.canary = event.at;
    if (event.type == event_type::promoted) model.cycle.production = model.champion_since = event.at;
    model.phase = event.seq;
  } else if (event.type == event_type::rollout_aborted || event.type == event_type::rollout_completed ||
             event.type == event_type::rolled_back) {
    model.rollout.reset();
    model.phase = event.seq;
    if (event.type == event_type::rolled_back) model.champion_since = event.at;
    if (event.type == event_type::rolled_back && text_of(body, "cause") == "live_analysis")
      ++model.rollouts.rolled_back_in_a_row;
    // One that was superseded in its watch was not seen to the end.
    if (event.type == event_type::rollout_completed && body.contains("action")) model.rollouts.rolled_back_in_a_row = 0;
    if (event.type == event_type::rolled_back)
      for (auto& retrain : model.retrains)
        if (retrain.outcome == triggers::RetrainOutcome::promoted && retrain.version == text_of(body, "from"))
          retrain.outcome = triggers::RetrainOutcome::taken_back;
  } else if (event.type == event_type::cycle_ended) {
    if (model.cycle_by_alarm && text_of(body, "outcome") == "promoted") {
      model.settled_onset = model.cycle.onset;
      model.onset_late = false;
    }
    if (const std::string job = text_of(body, "job"); job.empty() || job == model.cycle_job) model.cycle_job.clear();
    if (auto* retrain = retrain_of(model, text_of(body, "job"))) {
      retrain->outcome = outcome_of(text_of(body, "outcome"));
      retrain->paired = triggers::paired_gain_from_json(body.value("gain", Json()));
    }
  } else if (event.type == event_type::summary_recorded) {
    model.last_summary_at = event.at;
  }
  if (const auto onset = time_of(body, "onset")) model.cycle.onset = onset;
}

}  // namespace perennial::lifecycle
