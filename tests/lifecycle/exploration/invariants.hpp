#pragma once
// What must hold at every append and in every state. Each function has the number of its invariant in its name and
// answers with what is wrong, or nothing. They know the events, the fold and the onlooker; never how a step was made.

#include <fmt/format.h>

#include <cmath>
#include <functional>

#include "core/hash.hpp"
#include "lifecycle/exploration/machine.hpp"
#include "rollout/evidence_json.hpp"
#include "rollout/judge.hpp"
#include "rollout/split.hpp"

namespace perennial::lifecycle::exploration {

using Problem = std::optional<std::string>;

/// One append, and what was before and after it.
struct Transition {
  const rollout::Plan& plan;
  const Moment& from;  ///< the state in which the input came; several appends may lie between it and `before`
  const Input& input;
  TimePoint now;
  const ControlState& before;
  const ControlState& after;
  const Onlooker& seen_before;
  const Onlooker& seen_after;
  const std::vector<Event>& events;  ///< empty: nothing was appended
  const Routing& routing;            ///< of the state after this append
  bool refused = false;              ///< the command, as a whole
  std::uint64_t appends = 1;         ///< of the input
};

inline std::size_t in_production(const ControlState& state) {
  std::size_t count = 0;
  for (const auto& [number, version] : state.registry().versions(model_name))
    count += version.status == VersionStatus::production ? 1 : 0;
  return count;
}

inline std::optional<VersionStatus> status_in(const ControlState& state, const std::string& version) {
  const auto number = parse_version(version);
  const auto* known = number ? state.registry().find(model_name, *number) : nullptr;
  return known == nullptr ? std::nullopt : std::optional(known->status);
}

inline const std::optional<rollout::RolloutState>& rollout_in(const ControlState& state) {
  return state.model(model_name).rollout;
}

inline bool before_promotion(const std::optional<rollout::RolloutState>& rollout) {
  return rollout && rollout->phase != rollout::Phase::watch;
}

/// At most one version is in production, and it is the one that requests go to.
inline Problem I1_one_production_version(const Transition& t) {
  if (const auto count = in_production(t.after); count > 1) return fmt::format("{} versions are in production", count);
  const auto* champion = t.after.registry().champion(model_name);
  if (champion != nullptr && champion->status != VersionStatus::production)
    return fmt::format("the champion {} is {}", champion->number.text(), to_string(champion->status));
  if (champion != nullptr && t.routing.champion != champion->number.text())
    return fmt::format("requests go to {}, {} is in production", t.routing.champion, champion->number.text());
  return {};
}

/// Once a version was promoted, exactly one can answer after every append.
inline Problem I2_always_one_that_answers(const Transition& t) {
  if (t.seen_after.served.empty()) return {};
  if (const auto count = in_production(t.after); count != 1)
    return fmt::format("{} versions are in production after {} was", count, t.seen_after.champion());
  if (t.routing.champion.empty()) return "nobody answers";
  if (t.after.registry().champion(model_name)->number.text() != t.seen_after.champion())
    return fmt::format("the champion is {}, by the events it is {}",
                       t.after.registry().champion(model_name)->number.text(), t.seen_after.champion());
  return {};
}

/// What was rejected, or taken back for harm, has that status and is not routed to: not even as a shadow or kept warm.
inline Problem I7_no_traffic_for_the_bad(const Transition& t) {
  for (const auto& version : t.seen_after.taken_back)
    if (status_in(t.after, version) != VersionStatus::quarantined)
      return fmt::format("{} was taken back and is {}", version, to_string(*status_in(t.after, version)));
  for (const auto& [number, version] : t.after.registry().versions(model_name)) {
    const bool bad = version.status == VersionStatus::rejected || version.status == VersionStatus::quarantined ||
                     t.seen_after.taken_back.contains(number.text());
    if (bad && t.routing.is_loaded(number.text()))
      return fmt::format("{} is {} and routed", number.text(), to_string(version.status));
  }
  return {};
}

/// The challenger has exactly the buckets of its authorised weight, and none without a rollout before its promotion.
inline Problem I8_exact_weight(const Transition& t) {
  const auto& rollout = rollout_in(t.after);
  if (!before_promotion(rollout))
    return t.routing.challenger.empty() ? Problem{} : "a challenger is routed and no rollout before its promotion runs";
  if (t.routing.challenger != rollout->challenger) return "the rollout's challenger is not the one that is routed";
  if (rollout->phase == rollout::Phase::canary && rollout->step >= t.plan.steps.size())
    return "a step that is not planned";
  const double authorised = rollout->phase == rollout::Phase::shadow ? 0 : t.plan.steps.at(rollout->step).weight;
  const auto buckets = static_cast<std::uint32_t>(std::lround(authorised * rollout::buckets));
  if (rollout::challenger_buckets(t.routing.weight) != buckets)
    return fmt::format("{} buckets instead of {}", rollout::challenger_buckets(t.routing.weight), buckets);
  return {};
}

/// A rollback is possible wherever there is a way back, needs nothing but one append and what is loaded, and goes where
/// the onlooker says. Without a way back nothing changes.
inline Problem I9_rollback_needs_nothing(const Transition& t) {
  const bool named = t.input.what == Happening::rollback_to;
  if (t.input.what != Happening::rollback && !named) return {};
  const auto& rollout = rollout_in(*t.from.state);
  const std::string present = t.from.onlooker.champion();
  const bool only_challenger = before_promotion(rollout) && (!named || t.input.version == present);
  const std::string back = only_challenger ? present
                           : named ? (t.from.onlooker.may_go_back_to(t.input.version) ? t.input.version : std::string{})
                                   : t.from.onlooker.way_back();
  if (back.empty()) return t.refused && t.appends == 0 ? Problem{} : "there is no way back, and something changed";
  if (t.refused) return "there is a way back to " + back + ", and it was refused";
  if (t.appends != 1) return fmt::format("{} appends", t.appends);
  if (t.seen_after.champion() != back) return t.seen_after.champion() + " serves instead of " + back;
  if (before_promotion(rollout_in(t.after))) return "the challenger is still on its way";
  if (!named && !t.from.routing.is_loaded(back)) return back + " was not loaded";
  for (const auto& event : t.events)
    if (event.type == event_type::job_queued || event.type == event_type::run_finished) return "it trains";
  if (!only_challenger && status_in(t.after, present) != VersionStatus::quarantined)
    return present + " is not quarantined";
  return {};
}

/// While one rollout lasts, no entity leaves the challenger's arm, and none changes it within a step.
inline Problem I10_entities_stay(const Transition& t) {
  const auto& before = rollout_in(*t.from.state);
  const auto& after = rollout_in(t.after);
  if (!before_promotion(before) || !before_promotion(after) || before->id != after->id) return {};
  const bool same_step = before->phase == after->phase && before->step == after->step;
  for (int i = 0; i < 300; ++i) {
    const std::string entity = fmt::format("customer {}", i);
    const auto arm = [&](const Routing& routing) { return rollout::arm_of(entity, routing.salt, routing.weight); };
    const auto was = arm(t.from.routing);
    const auto is = arm(t.routing);
    if (was != is && (same_step || was == rollout::Arm::challenger))
      return fmt::format("'{}' went from the {}'s arm to the {}'s", entity, rollout::to_string(was),
                         rollout::to_string(is));
  }
  return {};
}

/// Why this step forward was not allowed on what had been seen.
inline Problem unfounded(const Transition& t, const Event& event) {
  const auto& rollout = rollout_in(t.before);
  const std::string version = event.body.value("version", "");
  if (!rollout || rollout->challenger != version) return version + " moves without a rollout";
  const auto& at_first = rollout_in(*t.from.state);
  if (!at_first || at_first->id != rollout->id || at_first->phase != rollout->phase || at_first->step != rollout->step)
    return "a step on evidence of an earlier phase";
  // Where outcomes depend on the answer, a shadow can only show that the version answers at all.
  const bool answers = !t.plan.use_paired && rollout->phase == rollout::Phase::shadow &&
                       event.type == event_type::rollout_advanced &&
                       event.body.at("evidence").at("challenger").at("requests").get<std::uint64_t>() >= 50 &&
                       t.input.seen != Seen::earlier_phase && !is_unsafe(t.input.seen);
  if (t.input.seen != Seen::good && !answers) return fmt::format("a step forward on {}", to_string(t.input.seen));
  const bool by_hand = t.input.what == Happening::promote && event.body.contains("actor");
  const Duration stayed = t.now - rollout->phase_since;
  if (!by_hand && (stayed.count() <= 0 || stayed < dwell_of(t.plan, *rollout).duration))
    return "a step before the dwell";
  if (answers) return {};
  const Json targets = event.body.value("evidence", Json::object()).value("targets", Json::object());
  if (targets.empty()) return "no evidence stands in the event";
  for (const auto& [target, found] : targets.items())
    if (found.value("verdict", "") != "pass" || found.value("rows", std::uint64_t{0}) < t.plan.min_samples)
      return "the evidence in the event is not enough";
  return {};
}

/// No data, no promotion: a step forward stands on evidence of its own phase, or on a person's audited override.
inline Problem I11_promotion_needs_evidence(const Transition& t) {
  for (const auto& event : t.events) {
    const bool promotes = event.type == event_type::promoted;
    if (!promotes && event.type != event_type::rollout_advanced) continue;
    if (promotes && event.body.value("override", false)) {
      if (t.input.what != Happening::promote_past || t.input.version != event.body.value("version", ""))
        return "an override that nobody asked for";
      if (event.body.value("actor", "").empty() || event.body.value("reason", "").empty())
        return "an override without who and why";
      continue;
    }
    if (const auto problem = unfounded(t, event)) return problem;
    if (promotes && rollout_in(t.before)->phase == rollout::Phase::canary &&
        rollout_in(t.before)->step + 1 != t.plan.steps.size())
      return "a promotion before the last step";
    if (promotes && rollout_in(t.before)->phase == rollout::Phase::shadow && !t.plan.steps.empty())
      return "a promotion out of the shadow";
  }
  return {};
}

/// The table of a version's life, once more.
inline bool may_become(VersionStatus from, VersionStatus to) {
  using enum VersionStatus;
  const std::set<std::pair<VersionStatus, VersionStatus>> allowed = {
      {registered, shadow},  {registered, canary},   {shadow, canary},          {shadow, production},
      {shadow, archived},    {shadow, quarantined},  {canary, production},      {canary, archived},
      {canary, quarantined}, {production, archived}, {production, quarantined}, {archived, production}};
  return allowed.contains({from, to});
}

/// Legal transitions only, from the state that is; what has ended stays ended; one step per instant; versions, rollout
/// and cycle agree with each other.
inline Problem I16_legal_transitions(const Transition& t) {
  const bool asked = t.input.what == Happening::promote_past;
  for (const auto& [number, version] : t.before.registry().versions(model_name)) {
    const auto is = status_in(t.after, number.text());
    if (!is || *is == version.status) continue;
    const bool by_override = asked && t.input.version == number.text() && *is == VersionStatus::production &&
                             version.status != VersionStatus::rejected;
    if (!by_override && !may_become(version.status, *is))
      return fmt::format("{} went from {} to {}", number.text(), to_string(version.status), to_string(*is));
  }
  const auto& before = rollout_in(t.before);
  std::size_t steps = 0;
  for (const auto& event : t.events) {
    const std::string id = event.body.value("id", "");
    const bool moves = event.type == event_type::rollout_advanced || event.type == event_type::rollout_aborted ||
                       event.type == event_type::rollout_completed;
    if (moves && (!before || before->id != id)) return fmt::format("{} of a rollout that does not run", event.type);
    if (event.type == event_type::rollout_completed && before->phase != rollout::Phase::watch && !asked)
      return "completed before its watch";
    if (const auto state = event.body.find("rollout"); state != event.body.end() && state->is_object()) {
      const bool begins = event.type == event_type::rollout_planned || event.body.value("override", false);
      if (begins && t.seen_before.ids.contains(state->value("id", "")))
        return "a new rollout has the id of an earlier one: " + state->value("id", "");
      if (t.seen_before.over.contains(state->value("id", ""))) return "a rollout moves after its end";
    }
    if (event.type == event_type::rollout_advanced || event.type == event_type::promoted) {
      ++steps;
      // A person needs no dwell, but a command for each step.
      if (t.input.what != Happening::promote && t.input.what != Happening::promote_past && before &&
          before->phase_since == event.at)
        return "two steps at one instant";
    }
    if (event.type == event_type::cycle_ended && !t.seen_before.open_cycles.contains(event.body.value("job", "")))
      return "a cycle ends that is not open";
  }
  if (steps > 1) return "two steps in one append";
  const auto& after = rollout_in(t.after);
  if (before && after && before->id == after->id) {
    const bool forward = after->phase == before->phase ? after->step == before->step || after->step == before->step + 1
                                                       : after->phase > before->phase;
    if (!forward) return "a rollout went back";
    if (before->salt != after->salt) return "the salt changed";
  }
  // Nothing hangs: a challenger's status is its rollout's phase, and an open cycle has something that will end it.
  for (const auto& [number, version] : t.after.registry().versions(model_name)) {
    const bool on_its_way = version.status == VersionStatus::shadow || version.status == VersionStatus::canary;
    const bool rolled_out = before_promotion(after) && after->challenger == number.text();
    if (on_its_way != rolled_out)
      return fmt::format("{} is {} and {}rolled out", number.text(), to_string(version.status),
                         rolled_out ? "" : "not ");
    if (rolled_out && (version.status == VersionStatus::shadow) != (after->phase == rollout::Phase::shadow))
      return fmt::format("{} is {} in phase {}", number.text(), to_string(version.status),
                         rollout::to_string(after->phase));
  }
  if (after && after->champion == after->challenger) return "a version is rolled out against itself";
  if (after && after->phase == rollout::Phase::watch && after->challenger != t.seen_after.champion())
    return "another version than the champion is watched";
  const ModelState& model = t.after.model(model_name);
  const bool registered = std::ranges::any_of(t.after.registry().versions(model_name), [&](const auto& entry) {
    const auto* job = t.after.jobs().find(model.cycle_job);
    return entry.second.status == VersionStatus::registered && job != nullptr &&
           job->result.value("run_id", "") == entry.second.run_id;
  });
  if (!model.cycle_job.empty() && !is_training(t.after) && !registered && !before_promotion(after))
    return "a cycle is open that nothing will end";
  for (const auto& job : t.seen_after.open_cycles)
    if (job != model.cycle_job) return "a retrain without an outcome was forgotten";
  return {};
}

// Of the explored schedule.
inline constexpr Duration slot_length = std::chrono::minutes(20);
inline constexpr Duration cooldown = std::chrono::minutes(30);

/// A schedule fires once per slot and waits out cooldown and backoff, whatever was restarted in between.
inline Problem I18_slots_cooldown_backoff(const Transition& t) {
  for (const auto& event : t.events) {
    if (event.type != event_type::retrain_requested || !event.body.value("policy", "").starts_with("schedule"))
      continue;
    const auto slot = [](TimePoint at) { return at.time_since_epoch() / slot_length; };
    const auto& seen = t.seen_before;
    if (seen.scheduled_at && slot(*seen.scheduled_at) == slot(event.at)) return "one slot fired twice";
    if (seen.succeeded_at && event.at - *seen.succeeded_at < cooldown) return "the cooldown was forgotten";
    const Duration backoff = std::min<Duration>(std::chrono::hours(1),
                                                std::chrono::minutes(1) * (1 << std::clamp(seen.failures - 1, 0, 10)));
    if (seen.failed_at && event.at - *seen.failed_at < backoff) return "the backoff was forgotten";
  }
  return {};
}

/// What was decided follows from the recorded evidence and the state before, whoever asks again and whenever.
inline Problem I28_decided_by_what_is_recorded(const Transition& t) {
  using rollout::ActionKind;
  for (const auto& event : t.events) {
    const bool steps = event.type == event_type::rollout_advanced ||
                       (event.type == event_type::promoted && !event.body.value("override", false));
    const bool by_itself = !event.body.contains("actor");
    const bool looked = t.input.what == Happening::look || t.input.what == Happening::look_shorter_plan;
    const bool ends = event.type == event_type::rollout_aborted || event.type == event_type::rolled_back;
    const auto& rollout = rollout_in(t.before);
    if (!rollout) continue;
    const auto recorded = event.body.find("recorded");
    if (recorded == event.body.end()) {
      if (steps || (ends && looked)) return event.type + " without the evidence that it was decided on";
      continue;
    }
    const auto evidence = rollout::evidence_from_json(recorded->at("evidence"));
    if (!evidence) return evidence.error().message();
    const auto action = by_itself ? rollout::decide(t.plan, *rollout, *evidence, event.at)
                                  : rollout::step_by_hand(t.plan, *rollout, *evidence);
    const std::map<std::string_view, ActionKind> kinds = {{event_type::rollout_advanced, ActionKind::advance},
                                                          {event_type::promoted, ActionKind::promote},
                                                          {event_type::rollout_aborted, ActionKind::abort},
                                                          {event_type::rolled_back, ActionKind::rollback},
                                                          {event_type::rollout_completed, ActionKind::complete}};
    if (action.kind != kinds.at(event.type) || action.reason != event.body.value("reason", ""))
      return fmt::format("{} was appended, and what is recorded says {}: {}", event.type,
                         rollout::to_string(action.kind), action.reason);
    if (event.body.value("evidence", Json()) != rollout::explain(t.plan, *evidence))
      return "what people are shown is not what was judged";
  }
  return {};
}

struct Invariant {
  std::string name;
  Problem (*check)(const Transition&);
};

inline const std::vector<Invariant>& invariants() {
  static const std::vector<Invariant> all = {
      {"I1", I1_one_production_version},     {"I2", I2_always_one_that_answers},
      {"I7", I7_no_traffic_for_the_bad},     {"I8", I8_exact_weight},
      {"I9", I9_rollback_needs_nothing},     {"I10", I10_entities_stay},
      {"I11", I11_promotion_needs_evidence}, {"I16", I16_legal_transitions},
      {"I18", I18_slots_cooldown_backoff},   {"I28", I28_decided_by_what_is_recorded}};
  return all;
}

}  // namespace perennial::lifecycle::exploration
