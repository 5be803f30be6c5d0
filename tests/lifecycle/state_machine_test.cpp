// Every state that the rollouts of a model can come to, against the invariants (docs/state-machine.md).

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>

#include "lifecycle/exploration/mutants.hpp"
#include "lifecycle/exploration/started_fleet.hpp"

namespace perennial::lifecycle::exploration {
namespace {

// Each phase may last 60 minutes: its share of the deadline.
constexpr const char* shadow_and_canary = R"(
    rollout:
      shadow: 10m
      canary: {steps: [{weight: 5%, bake: 10m}, {weight: 25%, bake: 10m}], min_samples: 20}
      watch: 10m
      deadline: 180m
)";

constexpr const char* depends_on_the_answer = R"(
    outcome: action_dependent
    rollout:
      shadow: 10m
      canary: {steps: [{weight: 30%, bake: 10m}], min_samples: 20}
      watch: 10m
      deadline: 120m
)";

constexpr const char* no_shadow = R"(
    rollout:
      shadow: 0s
      canary: {steps: [{weight: 30%, bake: 10m}, {weight: 60%, bake: 10m}], min_samples: 20}
      watch: 0s
      deadline: 120m
)";

constexpr const char* shadow_alone = R"(
    rollout:
      shadow: 10m
      canary: {steps: [100%], min_samples: 20}
      watch: 10m
      deadline: 60m
)";

constexpr const char* a_person_decides = R"(
    rollout:
      strategy: none
      shadow: 10m
      canary: {steps: [{weight: 50%, bake: 10m}], min_samples: 20}
      watch: 10m
      deadline: 120m
)";

std::string scheduled(const std::string& misfire) {
  return fmt::format(R"(
    retrain: {{cooldown: 30m, when: [{{schedule: "*/20 * * * *", misfire: {}}}]}}
)",
                     misfire);
}

/// Runs to the end, prints what was seen and expects no violation.
Found explore(const std::string& name, const std::string& keys, const Scope& scope) {
  RealMachine machine(keys);
  if (::testing::Test::HasFailure()) return {};
  const Found found = Explorer(machine, scope).run();
  std::cout << name << ": " << found.text() << "\n";
  for (const auto& [type, count] : found.events) std::cout << "  " << type << " " << count << "\n";
  EXPECT_FALSE(found.violation) << found.violation->text();
  EXPECT_TRUE(found.fixed_point || found.depth + 1 >= scope.depth);
  return found;
}

void expect_happened(const Found& found, std::initializer_list<std::string_view> types) {
  for (const auto type : types) EXPECT_TRUE(found.events.contains(std::string(type))) << type << " never happened";
}

TEST(StateMachine, shadow_and_canary_hold_every_invariant) {
  expect_happened(explore("shadow and canary", shadow_and_canary, {}),
                  {event_type::rollout_planned, event_type::rollout_advanced, event_type::promoted,
                   event_type::rollout_aborted, event_type::rolled_back, event_type::rollout_completed});
}

TEST(StateMachine, outcomes_that_depend_on_the_answer_hold_every_invariant) {
  expect_happened(explore("outcomes that depend on the answer", depends_on_the_answer, {.versions = 3}),
                  {event_type::promoted, event_type::rollout_aborted, event_type::rolled_back});
}

TEST(StateMachine, a_canary_without_shadow_and_watch_holds_every_invariant) {
  expect_happened(explore("no shadow, no watch", no_shadow, {.versions = 3}),
                  {event_type::rollout_advanced, event_type::promoted, event_type::rollout_aborted});
}

TEST(StateMachine, shadow_alone_holds_every_invariant) {
  expect_happened(explore("shadow alone", shadow_alone, {.versions = 3}),
                  {event_type::promoted, event_type::rollout_aborted, event_type::rolled_back});
}

TEST(StateMachine, a_person_who_decides_holds_every_invariant) {
  expect_happened(explore("a person decides", a_person_decides, {.versions = 3}),
                  {event_type::rollout_advanced, event_type::promoted, event_type::rollout_aborted});
}

/// PERENNIAL_DEPTH: how many steps to explore schedules; 12 take a minute.
TEST(StateMachine, schedules_keep_to_slots_cooldown_and_backoff) {
  const char* asked = std::getenv("PERENNIAL_DEPTH");
  const std::size_t depth = asked == nullptr ? 12 : std::strtoul(asked, nullptr, 10);
  for (const std::string misfire : {"skip", "catch_up_once"}) {
    const Found found =
        explore("schedule, misfire: " + misfire, scheduled(misfire), {.depth = depth, .schedule = true});
    expect_happened(found, {event_type::retrain_requested, event_type::run_failed, event_type::run_finished});
    EXPECT_GT(found.events.at(std::string(event_type::job_queued)), 10U);
  }
}

TEST(StateMachine, every_override_begins_a_watch_of_its_own) {
  RealMachine machine(shadow_and_canary);
  Moment moment = machine.begin();
  std::set<std::string> watches;
  std::uint64_t seed = 1;
  for (const Input& input :
       {Input{Happening::ask}, Input{Happening::trained}, Input{Happening::promote_past, Seen::nothing, {}, "1.0.2"},
        Input{Happening::rollback}, Input{Happening::promote_past, Seen::nothing, {}, "1.0.2"}}) {
    const Outcome outcome = machine.step(moment, input, ++seed);
    ASSERT_FALSE(outcome.error || outcome.refused) << text(input) << ": " << outcome.why;
    moment.state = outcome.after;
    if (const auto& rollout = moment.model().rollout; rollout && rollout->phase == rollout::Phase::watch)
      watches.insert(rollout->id);
  }
  EXPECT_EQ(watches.size(), 2U);
}

/// The states that a rollback tells apart, one of each, and a whole server for it.
TEST(StateMachine, a_fleet_started_in_any_of_the_states_goes_back_once_for_one_command) {
  RealMachine machine(shadow_and_canary);
  Explorer explorer(machine, {.depth = 7, .versions = 3});
  ASSERT_FALSE(explorer.run().violation);
  StartedFleet fleet(machine);
  std::set<std::string> done;
  for (const auto& moment : explorer.moments()) {
    const bool on_its_way = !moment.routing.challenger.empty();
    const std::string kind =
        fmt::format("{} {} {} {} {} {}", moment.routing.champion, moment.routing.challenger, moment.routing.weight,
                    moment.routing.shadows.size(), moment.routing.warm.size(), moment.onlooker.way_back());
    if (!done.insert(kind).second) continue;
    SCOPED_TRACE(kind + ", after " + text(moment.input));
    fleet.expect_it_goes_back(moment, explorer.events_to(moment), on_its_way);
    if (HasFailure()) return;
  }
  std::cout << done.size() << " fleets were started\n";
  EXPECT_GT(done.size(), 8U);
}

/// A guard that is broken is caught, and by the invariant that it guards.
void expect_caught(RealMachine& real, const std::vector<Mutation>& mutations, const Scope& scope) {
  for (const auto& mutation : mutations) {
    Mutant mutant(real, mutation);
    const Found found = Explorer(mutant, scope).run();
    ASSERT_TRUE(found.violation) << mutation.says << ": not caught in " << found.text();
    std::cout << fmt::format("{}: {} after {} transitions, {} steps: {}\n", mutation.says, found.violation->invariant,
                             found.transitions, found.violation->path.size(), found.violation->what);
    EXPECT_EQ(found.violation->invariant, mutation.caught_by) << mutation.says << "\n" << found.violation->text();
  }
}

TEST(StateMachine, a_broken_guard_of_rollouts_is_caught_by_its_invariant) {
  RealMachine real(shadow_and_canary);
  expect_caught(real, mutations_of_rollouts(), {.versions = 3});
}

TEST(StateMachine, a_broken_guard_of_schedules_is_caught_by_its_invariant) {
  RealMachine real(scheduled("catch_up_once"));
  expect_caught(real, mutations_of_schedules(), {.depth = 6, .schedule = true});
}

TEST(StateMachine, every_invariant_has_a_guard_that_was_broken) {
  std::set<std::string> broken;
  for (const auto& mutations : {mutations_of_rollouts(), mutations_of_schedules()})
    for (const auto& mutation : mutations) broken.insert(mutation.caught_by);
  for (const auto& invariant : invariants()) EXPECT_TRUE(broken.contains(invariant.name)) << invariant.name;
}

}  // namespace
}  // namespace perennial::lifecycle::exploration
