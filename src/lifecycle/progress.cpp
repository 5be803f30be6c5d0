// How a running rollout stands, for people and their pages.

#include <fmt/format.h>

#include "lifecycle/model_loop.hpp"
#include "rollout/evidence_in_words.hpp"

namespace perennial::lifecycle {

// {"model", "rollout": state, "plan", "evidence": rollout::explain(), "findings": rollout::findings(), "outputs":
// ArmOutputs::to_json(), "phase_for": a duration, "phase_rows", "waits_for": a sentence, "likely_evaluations": labelled
// rows at which the phase is likely to be decided, "likely_verdict_at": when, at the pace it has had, or null,
// "in_words": [lines]}
Json ModelLoop::rollout_progress(TimePoint now) const {
  if (!configured() || !state().rollout) return nullptr;
  const rollout::RolloutState& running = *state().rollout;
  const rollout::Evidence seen = evidence();
  const rollout::Action next = rollout::decide(config_.rollout, running, seen, now);
  const std::uint64_t rows = seen.rows_now - std::min(seen.rows_now, running.rows_at_phase_start);
  const std::chrono::seconds stay = std::chrono::floor<std::chrono::seconds>(now - running.phase_since);
  const auto waits_for = [&]() -> std::string {
    if (next.kind == rollout::ActionKind::hold) return next.reason;
    if (next.kind == rollout::ActionKind::rollback)
      if (const auto target = services_.state->registry().automatic_rollback_target(config_.name); !target)
        return fmt::format("a person: {}; but {}", next.reason, target.error().message());
    return fmt::format("nothing: the next turn of the loop will {} it ({})", rollout::to_string(next.kind),
                       next.reason);
  }();
  const auto verdict_at = rollout::likely_verdict_at(config_.rollout, running, seen, now);
  return {{"model", config_.name},
          {"rollout", rollout::to_json(running)},
          {"plan", rollout::to_json(config_.rollout)},
          {"evidence", rollout::explain(config_.rollout, seen)},
          {"findings", rollout::findings(config_.rollout, seen)},
          {"outputs", outputs_->to_json()},
          {"phase_for", format_duration(stay)},
          {"phase_rows", rows},
          {"waits_for", waits_for},
          {"likely_evaluations", rollout::likely_evaluations(config_.rollout, seen)},
          {"likely_verdict_at", verdict_at ? Json(format_time(*verdict_at)) : Json(nullptr)},
          {"in_words", rollout::in_words(config_.rollout, seen)}};
}

}  // namespace perennial::lifecycle
