#pragma once
// One explored state: what is folded, what is routed, and what an onlooker who saw every event remembers.

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "lifecycle/control_state.hpp"
#include "lifecycle/exploration/alphabet.hpp"
#include "rollout/plan.hpp"

namespace perennial::lifecycle::exploration {

inline const std::string model_name = "m";

/// Of serving::ModelRoute what the invariants speak of.
struct Routing {
  std::string champion;    ///< empty: nobody answers
  std::string challenger;  ///< empty: none
  double weight = 0;       ///< of the challenger
  std::uint64_t salt = 0;
  std::vector<std::string> shadows;
  std::vector<std::string> warm;

  bool is_loaded(const std::string& version) const {
    return version == champion || version == challenger || std::ranges::find(shadows, version) != shadows.end() ||
           std::ranges::find(warm, version) != warm.end();
  }
};

/// A second account of the same events, kept without the code under test.
struct Onlooker {
  std::vector<std::string> served;        ///< every stay in production, newest last
  std::set<std::string> taken_back;       ///< for harm or by a person; until a person promotes it all the same
  std::set<std::string> over;             ///< ids of rollouts that ended
  std::set<std::string> ids;              ///< of all rollouts
  std::set<std::string> open_cycles;      ///< jobs without an outcome
  std::optional<TimePoint> scheduled_at;  ///< newest retrain that a schedule asked for
  std::optional<TimePoint> succeeded_at;  ///< newest training that ended well
  std::optional<TimePoint> failed_at;     ///< … badly, with no good one since
  int failures = 0;

  void see(const Event& event, const Input& input) {
    const auto word = [&](const char* key) { return event.body.value(key, ""); };
    if (const auto state = event.body.find("rollout"); state != event.body.end() && state->is_object())
      ids.insert(state->value("id", ""));
    if (event.type == event_type::promoted || event.type == event_type::rolled_back) {
      if (event.type == event_type::rolled_back) taken_back.insert(word("from"));
      served.push_back(event.type == event_type::promoted ? word("version") : word("to"));
      taken_back.erase(served.back());
    }
    if (event.type == event_type::rollout_aborted &&
        (word("verdict") == "fail" || input.what == Happening::rollback || input.what == Happening::rollback_to))
      taken_back.insert(word("version"));
    if (event.type == event_type::rollout_aborted || event.type == event_type::rollout_completed)
      over.insert(word("id"));
    if (event.type == event_type::job_queued) open_cycles.insert(word("job"));
    if (event.type == event_type::cycle_ended) open_cycles.erase(word("job"));
    if (event.type == event_type::retrain_requested && word("policy").starts_with("schedule")) scheduled_at = event.at;
    if (event.type == event_type::run_finished) {
      succeeded_at = event.at;
      failed_at.reset();
      failures = 0;
    }
    if (event.type == event_type::run_failed) {
      failed_at = event.at;
      ++failures;
    }
  }
  const std::string& champion() const {
    static const std::string nobody;
    return served.empty() ? nobody : served.back();
  }
  /// Where a rollback without a name has to go; empty: nowhere.
  std::string way_back() const {
    for (auto it = served.rbegin(); it != served.rend(); ++it)
      if (*it != champion() && !taken_back.contains(*it)) return *it;
    return {};
  }
  bool may_go_back_to(const std::string& version) const {
    return version != champion() && !taken_back.contains(version) && std::ranges::find(served, version) != served.end();
  }
};

struct Moment {
  std::shared_ptr<const ControlState> state;  ///< dropped once its successors are known
  TimePoint now{};
  Routing routing;
  Onlooker onlooker;
  // How it was reached.
  std::size_t parent = 0;
  std::size_t depth = 0;
  Input input;
  bool killed = false;        ///< the process ended before the rest of what `input` leads to was appended
  std::vector<Event> events;  ///< that led here from its parent

  const ModelState& model() const { return state->model(model_name); }
};

/// What tells two states apart: everything that a later decision can depend on, with times relative to the phase.
/// Everything that is folded, as one text.

inline const Span& dwell_of(const rollout::Plan& plan, const rollout::RolloutState& rollout) {
  if (rollout.phase == rollout::Phase::shadow) return plan.shadow;
  if (rollout.phase == rollout::Phase::watch || rollout.step >= plan.steps.size()) return plan.watch;
  return plan.steps[rollout.step].bake;
}

/// The cycle's training has not brought a version yet.
inline bool is_training(const ControlState& state) {
  const auto* job = state.jobs().find(state.model(model_name).cycle_job);
  if (job == nullptr || training::has_ended(job->status)) return false;
  const std::string run = job->result.value("run_id", "");
  return std::ranges::none_of(state.registry().versions(model_name),
                              [&](const auto& entry) { return !run.empty() && entry.second.run_id == run; });
}

inline std::string key_of(const Moment& moment, const rollout::Plan& plan, bool with_schedule) {
  const ControlState& state = *moment.state;
  const ModelState& model = state.model(model_name);
  std::string key;
  for (const auto& [number, version] : state.registry().versions(model_name))
    key += fmt::format("{}:{} ", number.text(), to_string(version.status));
  // The order in which earlier champions would come back.
  std::set<VersionNumber> named;
  const auto& stays = state.registry().deployments(model_name);
  for (auto it = stays.rbegin(); it != stays.rend(); ++it)
    if (named.insert(it->version).second) key += "<" + it->version.text();
  if (const auto& rollout = model.rollout) {
    const Duration stayed = moment.now - rollout->phase_since;
    const bool dwelt = stayed >= dwell_of(plan, *rollout).duration;
    const char stay = stayed.count() <= 0 ? '0' : stayed >= plan.deadline.duration ? 'd' : dwelt ? 'w' : '-';
    key += fmt::format(" |{} {} {} {}>{} {} {}", to_string(rollout->phase), rollout->step, rollout->weight,
                       rollout->champion, rollout->challenger, stay, model.rollout_job == model.cycle_job);
  }
  const auto* job = state.jobs().find(model.cycle_job);
  key += fmt::format(" |{} {}", job == nullptr ? "" : training::to_string(job->status), is_training(state));
  if (!with_schedule) return key;
  constexpr std::int64_t far = 70;  // beyond slot, cooldown and backoff nothing changes any more
  const auto ago = [&](const std::optional<TimePoint>& at) {
    return at ? std::min<std::int64_t>(far, std::chrono::duration_cast<std::chrono::minutes>(moment.now - *at).count())
              : -1;
  };
  const auto& memory = model.memory;
  key +=
      fmt::format(" |{}", std::chrono::duration_cast<std::chrono::minutes>(moment.now.time_since_epoch()).count() % 20);
  key += fmt::format(" {} {} {}", ago(memory.last_success_at), std::min(memory.consecutive_failures, 7),
                     memory.consecutive_failures > 0 ? ago(memory.last_failure_at) : -1);
  if (memory.schedule_last_fired.empty()) key += fmt::format(" since {}", ago(memory.watched_since));
  for (const auto& [policy, at] : memory.schedule_last_fired) key += fmt::format(" {}", ago(at));
  if (!memory.waiting_since.empty()) key += " waits";
  for (const auto& [policy, kind] : model.last_decisions) key += " " + kind;
  key += fmt::format(" {} {}", ago(moment.onlooker.scheduled_at), ago(moment.onlooker.succeeded_at));
  return key;
}

inline std::string text_of(const ControlState& state) {
  const ModelState& m = state.model(model_name);
  Json json = {{"events", state.events()},
               {"memory", triggers::to_json(m.memory)},
               {"rollout", m.rollout ? rollout::to_json(*m.rollout) : Json(nullptr)},
               {"rollout_job", m.rollout_job},
               {"cycle_job", m.cycle_job},
               {"cycle", to_json(m.cycle)},
               {"decisions", m.last_decisions},
               {"references", m.references},
               {"last_seq", m.last_seq},
               {"phase", m.phase},
               {"jobs", state.jobs().stats()},
               {"versions", Json::array()},
               {"stays", Json::array()}};
  for (const auto& [number, version] : state.registry().versions(model_name))
    json["versions"].push_back({perennial::to_json(version), version.quarantine_cause});
  for (const auto& stay : state.registry().deployments(model_name))
    json["stays"].push_back({stay.version.text(), format_time(stay.from), stay.until.has_value(), stay.reason,
                             stay.end_cause, stay.is_rollback, stay.evidence_overridden, stay.seq});
  return to_text(json);
}

}  // namespace perennial::lifecycle::exploration
