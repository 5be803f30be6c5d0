// From the first sign of harm to the version that answers it: told where it takes longer than retrain.max_latency.

#include <fmt/format.h>

#include <algorithm>

#include "lifecycle/model_loop.hpp"
#include "triggers/policy.hpp"

namespace perennial::lifecycle {
namespace {

std::string stage_of(const ModelState& state, bool running) {
  if (state.rollout && state.rollout->phase != rollout::Phase::watch)
    return std::string(rollout::to_string(state.rollout->phase));
  if (running) return "training";
  return state.cycle_job.empty() ? "no retrain" : "queued";
}

/// True where one of the policies asks for a retrain on this kind of alarm. An alarm that nobody wants answered by a
/// retrain has no latency.
bool answers(const triggers::TriggerConfig& config, std::string_view kind) {
  return std::ranges::any_of(config.when, [&](const auto& policy) { return policy->answers(kind); });
}

}  // namespace

Status ModelLoop::watch_latency(TimePoint now) {
  const Span& limit = config_.triggers.max_latency;
  if (!configured() || limit.empty()) return {};
  const ModelState& model = state();
  const bool cycle = model.cycle_by_alarm && !model.cycle_job.empty();
  const bool alarm = model.onset && ((!model.drifting_columns.empty() && answers(config_.triggers, "drift")) ||
                                     (model.decayed && answers(config_.triggers, "decay")) ||
                                     (model.importance_drift && answers(config_.triggers, "importance")));
  if (!cycle && !alarm) return {};
  const TimePoint onset = cycle ? *model.cycle.onset : *model.onset;
  const std::uint64_t onset_row = cycle ? model.cycle_onset_row : model.onset_row;
  const std::uint64_t rows = rows_seen() > onset_row ? rows_seen() - onset_row : 0;
  if (model.settled_onset && *model.settled_onset >= onset) return {};
  if (!limit.passed(now - onset, rows)) return {};
  const std::string stage = stage_of(model, services_.state->jobs().running_of(config_.name) != nullptr);
  const std::string why = fmt::format("the alarm began at {}, and {} have passed; stage: {}", format_time(onset),
                                      format_span(limit), stage);
  ASSIGN_OR_RETURN(const Event event,
                   services_.events->write(now, {config_.name,
                                                 std::string(event_type::warning_raised),
                                                 {{"what", late_retrain},
                                                  {"reason", why},
                                                  {"alarm_onset", format_time(onset)},
                                                  {"limit", format_span(limit)},
                                                  {"stage", stage},
                                                  {"job", cycle ? Json(model.cycle_job) : Json(nullptr)},
                                                  {"version", champion_text()},
                                                  {"row", rows_seen()}}}));
  alert(event, fmt::format("no new version after {}", format_span(limit)), why);
  return {};
}

}  // namespace perennial::lifecycle
