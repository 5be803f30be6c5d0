#pragma once
// The real machine with one guard broken, each in a way that the journal can still hold: what was seen is lied about,
// events are changed before they are folded, or requests are routed by another rule. The explorer must say which
// invariant is broken.

#include "lifecycle/exploration/explorer.hpp"

namespace perennial::lifecycle::exploration {

struct Mutation {
  std::string says;
  std::string caught_by;
  std::function<Outcome(Machine& real, const Moment& from, const Input& input, std::uint64_t seed)> step = {};
  std::function<void(Routing&, const ControlState&)> route = {};
  bool schedule = false;
};

class Mutant final : public Machine {
 public:
  Mutant(Machine& real, const Mutation& mutation) : real_(real), mutation_(mutation) {}
  Moment begin() override { return real_.begin(); }
  Outcome step(const Moment& from, const Input& input, std::uint64_t seed) override {
    Outcome outcome = mutation_.step ? mutation_.step(real_, from, input, seed) : real_.step(from, input, seed);
    if (mutation_.route && outcome.after) mutation_.route(outcome.routing, *outcome.after);
    return outcome;
  }
  Routing route(const ControlState& state) override {
    Routing routing = real_.route(state);
    if (mutation_.route) mutation_.route(routing, state);
    return routing;
  }
  const rollout::Plan& plan(const Input& input = {}) const override { return real_.plan(input); }

 private:
  Machine& real_;
  const Mutation& mutation_;
};

/// The fold of what `outcome` now says was appended. An event that cannot be folded is left to the explorer.
inline Outcome refolded(Machine& real, const Moment& from, Outcome outcome) {
  auto state = std::make_shared<ControlState>(*from.state);
  std::erase_if(outcome.appends, [](const auto& append) { return append.empty(); });
  for (const auto& append : outcome.appends)
    for (const auto& event : append)
      if (!state->apply(event)) return outcome;
  outcome.after = state;
  outcome.routing = real.route(*state);
  return outcome;
}

inline Outcome changed(Machine& real, const Moment& from, const Input& input, std::uint64_t seed,
                       const std::function<void(std::vector<Event>&)>& change) {
  Outcome outcome = real.step(from, input, seed);
  for (auto& append : outcome.appends) change(append);
  return refolded(real, from, std::move(outcome));
}

/// `input` made on another memory than the journal's: `body` is folded first, and then forgotten.
inline Outcome misremembered(Machine& real, const Moment& from, const Input& input, std::uint64_t seed,
                             std::string_view type, Json body) {
  Event forged;
  forged.seq = from.model().phase;
  forged.at = from.now;
  forged.model = model_name;
  forged.type = std::string(type);
  forged.body = std::move(body);
  auto state = std::make_shared<ControlState>(*from.state);
  if (!state->apply(forged)) return real.step(from, input, seed);
  Moment other = from;
  other.state = state;
  return refolded(real, from, real.step(other, input, seed));
}

inline Event event_after(const Moment& from, TimePoint now, std::string_view type, Json body, std::uint64_t nth = 1) {
  Event event;
  event.seq = from.model().last_seq + nth;
  event.at = now;
  event.model = model_name;
  event.type = std::string(type);
  event.body = std::move(body);
  return event;
}

inline Json status_body(const std::string& version, std::string_view from, std::string_view to) {
  return {{"version", version}, {"from", from}, {"to", to}, {"cause", "a broken guard"}};
}

/// The champion leaves for `version`.
inline std::vector<Event> promotion_of(const Moment& from, TimePoint now, const std::string& version, bool overridden) {
  const std::string present = from.onlooker.champion();
  return {event_after(from, now, event_type::version_status_changed, status_body(present, "production", "archived")),
          event_after(from, now, event_type::promoted,
                      {{"version", version}, {"from", present}, {"reason", "a broken guard"}, {"override", overridden}},
                      2)};
}

inline std::string version_that_is(const ControlState& state, VersionStatus status) {
  for (const auto& [number, version] : state.registry().versions(model_name))
    if (version.status == status) return number.text();
  return {};
}

inline bool is_look(const Input& input) { return input.what == Happening::look; }

/// Takes the evidence `seen` for good evidence.
inline Mutation believes(Seen seen, std::string says) {
  return {std::move(says), "I11", [seen](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
            Input other = input;
            if (is_look(input) && input.seen == seen) other.seen = Seen::good;
            return real.step(from, other, seed);
          }};
}

/// Writes `to` where a version's status should become `instead_of`, in the appends that have an event of `type`.
inline Mutation misfiles(std::string says, std::string caught_by, std::string_view type, std::string_view instead_of,
                         std::string_view to) {
  return {std::move(says), std::move(caught_by),
          [=](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
            return changed(real, from, input, seed, [&](std::vector<Event>& append) {
              if (std::ranges::find(append, type, &Event::type) == append.end()) return;
              for (auto& event : append)
                if (event.type == event_type::version_status_changed && event.body.at("to") == instead_of)
                  event.body["to"] = to;
            });
          }};
}

/// A look at a quiet model after an hour: appends what `events` says.
inline Mutation does_by_itself(std::string says, std::string caught_by,
                               std::function<std::vector<Event>(const Moment& from, TimePoint now)> events) {
  return {std::move(says), std::move(caught_by),
          [events = std::move(events)](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
            Outcome outcome = real.step(from, input, seed);
            if (!is_look(input) || input.passes < std::chrono::hours(1) || from.model().rollout) return outcome;
            outcome.appends.push_back(events(from, outcome.now));
            return refolded(real, from, std::move(outcome));
          }};
}

inline std::vector<Mutation> mutations_of_rollouts() {
  std::vector<Mutation> all;
  all.push_back(believes(Seen::nothing, "silence promotes"));
  all.push_back(believes(Seen::few, "few labels promote"));
  all.push_back(believes(Seen::unclear, "what may be luck promotes"));
  all.push_back(believes(Seen::earlier_phase, "evidence of an earlier phase counts"));
  all.push_back(believes(Seen::other_rollout, "evidence of another rollout counts"));
  all.push_back(
      {"a step needs no dwell", "I11", [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
         if (!is_look(input) || !from.model().rollout) return real.step(from, input, seed);
         rollout::RolloutState earlier = *from.model().rollout;
         earlier.phase_since -= std::chrono::minutes(20);
         return misremembered(real, from, input, seed, event_type::rollout_advanced,
                              {{"rollout", rollout::to_json(earlier)}});
       }});
  all.push_back({"a registered version is promoted without a rollout", "I11",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   Outcome outcome = real.step(from, input, seed);
                   if (input.what != Happening::trained || outcome.appends.size() < 3) return outcome;
                   const std::string made = outcome.appends[1].at(0).body.at("version").get<std::string>();
                   outcome.appends.back() = promotion_of(from, outcome.now, made, false);
                   return refolded(real, from, std::move(outcome));
                 }});
  all.push_back(does_by_itself("a version that was taken back comes back by itself", "I11",
                               [](const Moment& from, TimePoint now) {
                                 const auto bad = version_that_is(*from.state, VersionStatus::quarantined);
                                 return bad.empty() ? std::vector<Event>{} : promotion_of(from, now, bad, true);
                               }));
  all.push_back(misfiles("harm before the promotion does not quarantine", "I7", event_type::rollout_aborted,
                         "quarantined", "archived"));
  all.push_back(misfiles("a rollback does not quarantine", "I7", event_type::rolled_back, "quarantined", "archived"));
  all.push_back(
      {"a quarantined version is scored as a shadow", "I7", {}, [](Routing& routing, const ControlState& state) {
         if (const auto bad = version_that_is(state, VersionStatus::quarantined); !bad.empty())
           routing.shadows.push_back(bad);
       }});
  all.push_back({"a rejected version is kept warm", "I7", {}, [](Routing& routing, const ControlState& state) {
                   routing.warm.push_back(version_that_is(state, VersionStatus::rejected));
                 }});
  all.push_back({"after the promotion requests still go to the previous champion",
                 "I1",
                 {},
                 [](Routing& routing, const ControlState& state) {
                   const auto& rollout = rollout_in(state);
                   if (rollout && rollout->phase == rollout::Phase::watch) routing.champion = rollout->champion;
                 }});
  all.push_back({"the champion stays in production when another is promoted", "I1",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   return changed(real, from, input, seed, [](std::vector<Event>& append) {
                     if (std::ranges::find(append, event_type::promoted, &Event::type) != append.end())
                       std::erase_if(append, [](const Event& event) {
                         return event.type == event_type::version_status_changed &&
                                event.body.at("from") == "production";
                       });
                   });
                 }});
  all.push_back(does_by_itself(
      "the champion is archived and nobody takes its place", "I2", [](const Moment& from, TimePoint now) {
        return std::vector<Event>{event_after(from, now, event_type::version_status_changed,
                                              status_body(from.onlooker.champion(), "production", "archived"))};
      }));
  all.push_back({"a shadow answers a few requests", "I8", {}, [](Routing& routing, const ControlState&) {
                   if (!routing.challenger.empty() && routing.weight == 0) routing.weight = 0.01;
                 }});
  all.push_back({"an aborted challenger keeps its share", "I8", {}, [](Routing& routing, const ControlState& state) {
                   const auto old = version_that_is(state, VersionStatus::archived);
                   if (routing.challenger.empty() && !old.empty() && !rollout_in(state)) {
                     routing.challenger = old;
                     routing.weight = 0.05;
                   }
                 }});
  all.push_back({"every step has a salt of its own", "I10", {}, [](Routing& routing, const ControlState&) {
                   routing.salt += static_cast<std::uint64_t>(100 * routing.weight);
                 }});
  all.push_back({"the salt is that of the process", "I10", {}, [](Routing& routing, const ControlState&) {
                   static std::uint64_t process = 0;
                   routing.salt += ++process;
                 }});
  all.push_back(
      {"the previous champion is unloaded at the promotion", "I9", {}, [](Routing& routing, const ControlState&) {
         routing.shadows.clear();
         routing.warm.clear();
       }});
  all.push_back({"no rollback during a watch", "I9",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   const auto& rollout = from.model().rollout;
                   if (input.what != Happening::rollback || !rollout || rollout->phase != rollout::Phase::watch)
                     return real.step(from, input, seed);
                   Outcome outcome;
                   outcome.refused = true;
                   outcome.after = from.state;
                   outcome.now = from.now;
                   outcome.routing = from.routing;
                   return outcome;
                 }});
  all.push_back({"one look takes two steps", "I16",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   return changed(real, from, input, seed, [](std::vector<Event>& append) {
                     const auto step = std::ranges::find(append, event_type::rollout_advanced, &Event::type);
                     if (step != append.end()) append.push_back(Event(*step));
                   });
                 }});
  all.push_back({"a rejected version is promoted past its evidence", "I16",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   Outcome outcome = real.step(from, input, seed);
                   if (input.what != Happening::promote_past ||
                       status_in(*from.state, input.version) != VersionStatus::rejected)
                     return outcome;
                   outcome.appends = {promotion_of(from, outcome.now, input.version, true)};
                   for (auto& event : outcome.appends[0]) event.body["actor"] = "operator";
                   return refolded(real, from, std::move(outcome));
                 }});
  all.push_back(
      does_by_itself("a rollout that is over is completed again", "I16", [](const Moment& from, TimePoint now) {
        if (from.onlooker.over.empty()) return std::vector<Event>{};
        return std::vector<Event>{
            event_after(from, now, event_type::rollout_completed, {{"id", *from.onlooker.over.begin()}})};
      }));
  all.push_back({"an abort leaves its cycle open", "I16",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   return changed(real, from, input, seed, [](std::vector<Event>& append) {
                     if (std::ranges::find(append, event_type::rollout_aborted, &Event::type) != append.end())
                       std::erase_if(append, [](const Event& event) { return event.type == event_type::cycle_ended; });
                   });
                 }});
  all.push_back({"the end of a watch is not written", "I18",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   Outcome outcome = real.step(from, input, seed);
                   for (auto& append : outcome.appends)
                     std::erase_if(append,
                                   [](const Event& event) { return event.type == event_type::rollout_completed; });
                   return outcome;
                 }});
  all.push_back({"every second look sees nothing", "I28",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   static std::uint64_t looks = 0;
                   Input other = input;
                   if (is_look(input) && input.seen != Seen::nothing && ++looks % 2 == 0) other.seen = Seen::nothing;
                   return real.step(from, other, seed);
                 }});
  all.push_back({"the evidence that is written is not that which decided", "I28",
                 [](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
                   return changed(real, from, input, seed, [](std::vector<Event>& append) {
                     for (auto& event : append)
                       if (event.body.contains("recorded"))
                         event.body["recorded"]["evidence"]["challenger"]["errors"] = 0;
                   });
                 }});
  return all;
}

inline std::vector<Mutation> mutations_of_schedules() {
  const auto forgets = [](std::string says, std::function<void(triggers::TriggerMemory&)> forget) {
    return Mutation{
        std::move(says),
        "I18",
        [forget = std::move(forget)](Machine& real, const Moment& from, const Input& input, std::uint64_t seed) {
          triggers::TriggerMemory memory = from.model().memory;
          forget(memory);
          return misremembered(real, from, input, seed, event_type::summary_recorded,
                               {{"memory", triggers::to_json(memory)}});
        },
        {},
        true};
  };
  return {forgets("a slot that has fired is forgotten",
                  [](auto& memory) {
                    for (auto& [policy, at] : memory.schedule_last_fired) at -= std::chrono::hours(1);
                  }),
          forgets("the cooldown is forgotten", [](auto& memory) { memory.last_success_at.reset(); }),
          forgets("the backoff is forgotten", [](auto& memory) { memory.consecutive_failures = 0; })};
}

}  // namespace perennial::lifecycle::exploration
