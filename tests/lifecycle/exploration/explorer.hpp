#pragma once
// Breadth-first over distinct states, every input in every state, and the end of the process after every append.

#include <chrono>
#include <map>
#include <unordered_map>

#include "lifecycle/exploration/invariants.hpp"

namespace perennial::lifecycle::exploration {

struct Scope {
  std::size_t depth = 12;
  std::size_t versions = 4;  ///< the rejected one among them; then no other retrain is asked for
  bool schedule = false;     ///< time and trainings only, at the grain of a schedule
  std::size_t most_states = 200'000;
};

struct Violation {
  std::string invariant;
  std::string what;
  std::vector<std::string> path;

  std::string text() const {
    std::string all = invariant + ": " + what;
    for (std::size_t i = 0; i < path.size(); ++i) all += fmt::format("\n  {}. {}", i + 1, path[i]);
    return all;
  }
};

struct Found {
  std::size_t states = 0;
  std::uint64_t transitions = 0;
  std::uint64_t refused = 0;
  std::uint64_t kills = 0;
  std::size_t depth = 0;
  bool fixed_point = false;
  std::map<std::string, std::uint64_t> events;  ///< how often each type was appended
  std::optional<Violation> violation;

  std::string text() const {
    return fmt::format(
        "{} states, {} transitions ({} commands refused, {} kills between appends), depth {}, fixed point {}", states,
        transitions, refused, kills, depth, fixed_point ? "yes" : "no");
  }
};

/// The inputs that make sense in a state.
inline std::vector<Input> inputs_in(const Moment& moment, const rollout::Plan&, const Scope& scope) {
  using std::chrono::minutes;
  std::vector<Input> inputs;
  const ControlState& state = *moment.state;
  const auto& versions = state.registry().versions(model_name);
  if (scope.schedule) {
    for (const int passes : {0, 10, 20}) inputs.push_back({Happening::look, Seen::nothing, minutes(passes)});
    if (is_training(state))
      for (const auto ended : {Happening::refused, Happening::broke}) inputs.push_back({ended});
    else if (state.model(model_name).cycle_job.empty()) inputs.push_back({Happening::ask});
    return inputs;
  }
  const auto& rollout = rollout_in(state);
  for (const int passes : {0, 1, 10, 60})  // at once, less than a dwell, a dwell, a deadline
    for (const Seen seen : every_seen) {
      if (!rollout && seen != Seen::nothing) break;
      // A dwell tells every kind of evidence apart; the other lengths need fewer.
      if (passes == 1 && seen != Seen::nothing && seen != Seen::good && seen != Seen::harm) continue;
      if (passes == 60 && (is_unsafe(seen) || seen == Seen::earlier_phase || seen == Seen::other_rollout)) continue;
      inputs.push_back({Happening::look, seen, minutes(passes)});
    }
  if (rollout) inputs.push_back({Happening::look_shorter_plan, Seen::good, minutes(10)});
  if (is_training(state)) {
    for (const auto ended : {Happening::trained, Happening::refused, Happening::broke}) inputs.push_back({ended});
  } else if (versions.size() < scope.versions) {
    inputs.push_back({Happening::ask});
  }
  for (const auto& [number, version] : versions) {
    const bool rolled_out = before_promotion(rollout) && rollout->challenger == number.text();
    for (const Seen seen : {Seen::good, Seen::nothing, Seen::unclear, Seen::harm, Seen::earlier_phase})
      if (seen == Seen::good || rolled_out) inputs.push_back({Happening::promote, seen, {}, number.text()});
    inputs.push_back({Happening::promote_past, Seen::nothing, {}, number.text()});
    inputs.push_back({Happening::rollback_to, Seen::nothing, {}, number.text()});
  }
  inputs.push_back({Happening::rollback});
  return inputs;
}

class Explorer {
 public:
  Explorer(Machine& machine, Scope scope) : machine_(machine), scope_(scope) {}

  Found run() {
    moments_.push_back(machine_.begin());
    known_.emplace(key(moments_[0]), 0);
    for (std::size_t next = 0; next < moments_.size() && !found_.violation; ++next) {
      if (moments_[next].depth >= scope_.depth || moments_.size() > scope_.most_states) return finish(false);
      found_.depth = std::max(found_.depth, moments_[next].depth);
      // Copied, but for its events: new moments move the old ones.
      const auto& known = moments_[next];
      const Moment from{known.state,  known.now, known.routing, known.onlooker, known.parent, known.depth, known.input,
                        known.killed, {}};
      check_stale(from, next);
      for (const auto& input : inputs_in(from, machine_.plan(), scope_)) {
        if (found_.violation) break;
        take(from, next, input);
      }
      moments_[next].state.reset();
    }
    return finish(!found_.violation);
  }

  /// After run(): what was reached, in that order, without the folded states.
  const std::vector<Moment>& moments() const { return moments_; }
  /// From the first event on.
  std::vector<Event> events_to(const Moment& moment) const {
    std::vector<const std::vector<Event>*> path{&moment.events};
    for (std::size_t at = moment.parent; path.back() != &moments_[0].events; at = moments_[at].parent)
      path.push_back(&moments_[at].events);
    std::vector<Event> events;
    for (auto part = path.rbegin(); part != path.rend(); ++part)
      events.insert(events.end(), (*part)->begin(), (*part)->end());
    return events;
  }

 private:
  Found finish(bool fixed_point) {
    found_.states = moments_.size();
    found_.fixed_point = fixed_point;
    return found_;
  }
  std::string key(const Moment& moment) const { return key_of(moment, machine_.plan(), scope_.schedule); }

  void violated(const std::string& invariant, const std::string& what, std::size_t parent, const Input& last) {
    if (found_.violation) return;
    std::vector<std::string> path{text(last)};
    for (std::size_t at = parent; at != 0; at = moments_[at].parent)
      path.push_back(text(moments_[at].input) + (moments_[at].killed ? ", killed halfway" : ""));
    std::ranges::reverse(path);
    found_.violation = {invariant, what, path};
  }

  void take(const Moment& from, std::size_t parent, const Input& input) {
    const std::uint64_t seed = ++seed_;
    const Outcome outcome = machine_.step(from, input, seed);
    ++found_.transitions;
    found_.refused += outcome.refused ? 1 : 0;
    if (outcome.error) return violated("the loop", outcome.error->message(), parent, input);

    const std::size_t appends = outcome.appends.size();
    std::shared_ptr<const ControlState> before = from.state;
    Onlooker seen_before = from.onlooker;
    bool is_new = false;
    for (std::size_t i = 0; i < std::max<std::size_t>(1, appends); ++i) {
      const bool last = i + 1 >= appends;
      std::shared_ptr<const ControlState> folded = before;
      Onlooker seen = seen_before;
      if (i < appends) {
        auto state = std::make_shared<ControlState>(*before);
        for (const auto& event : outcome.appends[i]) {
          if (const Status status = state->apply(event); !status)
            return violated(status.error().what.contains("in production still") ? "I1" : "I16",
                            status.error().message(), parent, input);
          if (in_production(*state) > 1) return violated("I1", "two in production within an append", parent, input);
          seen.see(event, input);
          ++found_.events[event.type];
        }
        folded = std::move(state);
      }
      Moment moment{last ? outcome.after : folded, outcome.now, {}, seen, parent, from.depth + 1, input, !last, {}};
      moment.routing = last ? outcome.routing : machine_.route(*folded);
      const Transition transition{machine_.plan(input),
                                  from,
                                  input,
                                  outcome.now,
                                  *before,
                                  *moment.state,
                                  seen_before,
                                  seen,
                                  i < appends ? outcome.appends[i] : nothing_,
                                  moment.routing,
                                  outcome.refused,
                                  appends};
      for (const auto& invariant : invariants())
        if (const auto problem = invariant.check(transition)) return violated(invariant.name, *problem, parent, input);
      if (!last) ++found_.kills;
      const std::string reached = key(moment);
      if (known_.emplace(reached, moments_.size()).second) {
        is_new = true;
        for (std::size_t k = 0; k <= i && k < appends; ++k)
          moment.events.insert(moment.events.end(), outcome.appends[k].begin(), outcome.appends[k].end());
        check_restart(moment, input);
        moments_.push_back(std::move(moment));
      } else if (last && appends > 0) {
        moment.state = folded;
        if (key(moment) != reached) return violated("I18", "after a restart the state is another one", parent, input);
      }
      before = folded;
      seen_before = std::move(seen);
    }
    if (!is_new || appends == 0) return;
    const Outcome again = machine_.step(from, input, seed);
    if (!same(outcome, again))
      violated("I28", "the same state and evidence were decided in another way", parent, input);
  }

  static bool same(const Outcome& a, const Outcome& b) {
    if (a.appends.size() != b.appends.size()) return false;
    for (std::size_t i = 0; i < a.appends.size(); ++i) {
      if (a.appends[i].size() != b.appends[i].size()) return false;
      for (std::size_t k = 0; k < a.appends[i].size(); ++k)
        if (a.appends[i][k].type != b.appends[i][k].type ||
            to_text(a.appends[i][k].body) != to_text(b.appends[i][k].body))
          return false;
    }
    return true;
  }

  /// Everything from the first event on, folded anew.
  void check_restart(const Moment& moment, const Input& input) {
    ControlState folded;
    for (const auto& event : events_to(moment))
      if (const Status status = folded.apply(event); !status)
        return violated("I18", "the journal cannot be folded: " + status.error().message(), moment.parent, input);
    if (text_of(folded) != text_of(*moment.state))
      violated("I18", "folded from the journal the state is another one", moment.parent, input);
  }

  /// The decider itself, given evidence that belongs to another phase or rollout.
  void check_stale(const Moment& from, std::size_t at) {
    const auto& rollout = rollout_in(*from.state);
    if (!rollout) return;
    rollout::Evidence good;
    good.challenger.requests = good.champion.requests = 100;
    good.challenger.non_finite = 1;
    for (int way = 0; way < 3; ++way) {
      rollout::Evidence stale = good;
      stale.rollout_id = way == 0 ? "another" : rollout->id;
      stale.phase = way == 1
                        ? (rollout->phase == rollout::Phase::shadow ? rollout::Phase::canary : rollout::Phase::shadow)
                        : rollout->phase;
      stale.step = rollout->step + (way == 2 ? 1 : 0);
      if (way == 2 && rollout->phase != rollout::Phase::canary) continue;
      const auto action = rollout::decide(machine_.plan(), *rollout, stale, from.now + std::chrono::minutes(10));
      if (action.kind != rollout::ActionKind::hold) violated("I11", "stale evidence moved the rollout", at, {});
    }
  }

  Machine& machine_;
  Scope scope_;
  const std::vector<Event> nothing_ = {};
  std::vector<Moment> moments_;
  std::unordered_map<std::string, std::size_t> known_;
  std::uint64_t seed_ = 1;
  Found found_;
};

}  // namespace perennial::lifecycle::exploration
