#include "rollout/decide.hpp"
#include <fmt/format.h>

#include <gtest/gtest.h>

#include <cmath>
#include <deque>
#include <functional>
#include <limits>
#include <set>

#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using test::begin;
using test::evidence;
using test::plan;
using test::t0;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

RolloutState in(const Plan& p, Phase phase, std::size_t step = 0) {
  RolloutState state = begin(p);
  state.phase = phase;
  state.step = step;
  state.weight = phase == Phase::canary ? p.steps[step].weight : phase == Phase::watch ? 1 : 0;
  return state;
}

ArmEvidence only_requests(std::uint64_t requests, std::uint64_t errors) {
  ArmEvidence arm;
  arm.requests = requests;
  arm.errors = errors;
  return arm;
}

TEST(Rollout, a_good_version_goes_all_the_way_one_step_a_day) {
  const Plan p = plan();
  RolloutState state = begin(p);
  std::vector<std::string> story;
  for (int hour = 0; hour <= 24 * 6; ++hour) {
    const TimePoint now = t0 + hours(hour);
    const auto action = decide(p, state, evidence(state), now);
    if (action.kind != ActionKind::hold)
      story.push_back(
          fmt::format("{}h {} {:.4g} {}", hour, to_string(action.kind), action.weight, to_string(action.verdict)));
    state = apply(p, state, action, now, 0);
    EXPECT_EQ(state.weight, action.weight);
  }
  EXPECT_EQ(story, (std::vector<std::string>{"24h advance 0.05 pass", "48h advance 0.25 pass", "72h promote 1 pass",
                                             "96h complete 1 pass"}));
  EXPECT_EQ(state.phase, Phase::completed);
}

TEST(Rollout, every_reason_to_stop_or_to_wait) {
  struct Row {
    std::string says;
    std::function<void(Evidence&)> change;
    ActionKind kind;
    std::string reason;
  };
  const std::vector<Row> rows = {
      {"nothing is wrong", [](Evidence&) {}, ActionKind::advance, "better by 0.05"},
      {"one answer is not finite", [](Evidence& e) { e.challenger.non_finite = 1; }, ActionKind::abort, "not finite"},
      {"errors over 1 %", [](Evidence& e) { e.challenger.errors = 30; }, ActionKind::abort,
       "error rate 1.5 % over 1 %"},
      {"errors at 1 %", [](Evidence& e) { e.challenger.errors = 20; }, ActionKind::advance, ""},
      {"the champion's errors are not the challenger's", [](Evidence& e) { e.champion.errors = 2000; },
       ActionKind::advance, ""},
      {"one error in 49 requests is no rate yet", [](Evidence& e) { e.challenger = only_requests(49, 1); },
       ActionKind::advance, ""},
      {"one in 50 is", [](Evidence& e) { e.challenger = only_requests(50, 1); }, ActionKind::abort, "error rate 2 %"},
      {"slow", [](Evidence& e) { e.challenger.latency_ms_p99 = 201; }, ActionKind::abort,
       "p99 latency 201 ms over 200 ms"},
      {"slow, 99 samples",
       [](Evidence& e) {
         e.challenger.latency_ms_p99 = 900;
         e.challenger.latency_samples = 99;
       },
       ActionKind::advance, ""},
      {"a latency that is not a number", [](Evidence& e) { e.challenger.latency_ms_p99 = nan; }, ActionKind::abort,
       "p99"},
      {"clearly worse", [](Evidence& e) { e.targets[0].paired.now.difference = 0.2; }, ActionKind::abort,
       "rul: loss worse by 0.2"},
      {"worse beyond the margin, may be luck",
       [](Evidence& e) {
         e.targets[0].paired.now.difference = 0.06;
         e.targets[0].paired.now.standard_error = 0.05;
       },
       ActionKind::hold, "not settled"},
      {"still beyond it at the last look",
       [](Evidence& e) { e.targets[0].paired.now = test::losses(8000, 0.06, 0.05); }, ActionKind::abort,
       "more rows have not changed it"},
      {"worse within the margin", [](Evidence& e) { e.targets[0].paired.now.difference = 0.04; }, ActionKind::advance,
       ""},
      {"clearly worse but few rows",
       [](Evidence& e) {
         e.targets[0].paired.now.difference = 0.5;
         e.targets[0].paired.now.n = 99;
       },
       ActionKind::hold, "99 of 1000"},
      {"no label yet", [](Evidence& e) { e.targets[0].paired = {}; }, ActionKind::hold, "no label has matured"},
      {"a loss that is not a number", [](Evidence& e) { e.targets[0].paired.now.difference = nan; }, ActionKind::hold,
       "not finite"},
      {"no target", [](Evidence& e) { e.targets.clear(); }, ActionKind::hold, "no target"},
      {"evidence of another step", [](Evidence& e) { e.step = 1; }, ActionKind::hold, "another phase"},
      {"evidence of another phase", [](Evidence& e) { e.phase = Phase::shadow; }, ActionKind::hold, "another phase"},
      {"evidence of another rollout", [](Evidence& e) { e.rollout_id = "r0"; }, ActionKind::hold, "another phase"},
      {"a canary without a request", [](Evidence& e) { e.challenger = {}; }, ActionKind::hold, "no request"},
  };
  const Plan p = plan();
  const RolloutState state = in(p, Phase::canary, 0);
  for (const auto& row : rows) {
    Evidence e = evidence(state);
    row.change(e);
    const auto action = decide(p, state, e, t0 + hours(24));
    EXPECT_EQ(to_string(action.kind), to_string(row.kind)) << row.says << ": " << action.reason;
    EXPECT_NE(action.reason.find(row.reason), std::string::npos) << row.says << ": " << action.reason;
    EXPECT_FALSE(action.reason.empty()) << row.says;
    if (row.kind == ActionKind::abort) {
      EXPECT_EQ(action.weight, 0) << row.says;
    }
    if (row.kind == ActionKind::hold) {
      EXPECT_EQ(action.weight, state.weight) << row.says;
      EXPECT_NE(action.verdict, Verdict::pass) << row.says;
    }
  }
}

TEST(Rollout, safety_stops_at_once_in_every_phase) {
  const Plan p = plan();
  for (const auto& state :
       {in(p, Phase::shadow), in(p, Phase::canary, 0), in(p, Phase::canary, 1), in(p, Phase::watch)}) {
    Evidence e = evidence(state, 60);
    e.challenger.errors = 5;
    const auto action = decide(p, state, e, t0 + microseconds(1));
    EXPECT_EQ(action.kind, state.phase == Phase::watch ? ActionKind::rollback : ActionKind::abort)
        << to_string(state.phase);
    EXPECT_EQ(action.verdict, Verdict::fail);
    const auto after = apply(p, state, action, t0, 0);
    EXPECT_TRUE(is_over(after.phase));
    EXPECT_EQ(after.weight, 0);
  }
}

TEST(Rollout, trap_02_losses_are_compared_in_both_directions_never_predictions) {
  const Plan p = plan();
  const RolloutState state = in(p, Phase::canary, 0);
  // A champion with loss 0: nothing to divide by, and no margin.
  Evidence e = evidence(state);
  for (auto& target : e.targets)
    target.paired.now = {
        .n = 2000, .champion = 0, .difference = 0, .standard_error = 0, .effective_n = 2000, .serial_n = 2000};
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::advance);
  e.targets[0].paired.now = {
      .n = 2000, .champion = 0, .difference = 0.1, .standard_error = 0.01, .effective_n = 2000, .serial_n = 2000};
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::abort);
  // A negative loss (a score the other way round): the margin is a share of its size, worse stays worse.
  e.targets[0].paired.now = {
      .n = 2000, .champion = -1, .difference = 0.2, .standard_error = 0.01, .effective_n = 2000, .serial_n = 2000};
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::abort);
  e.targets[0].paired.now = {
      .n = 2000, .champion = -1, .difference = -0.2, .standard_error = 0.01, .effective_n = 2000, .serial_n = 2000};
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::advance);
  // Variance counts: the same difference is harm or noise.
  e = evidence(state, 2000, 0.08, 0.01);
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::abort);
  e = evidence(state, 2000, 0.08, 0.08);
  EXPECT_EQ(decide(p, state, e, t0 + hours(24)).kind, ActionKind::hold);
}

TEST(Rollout, trap_03_min_samples_and_dwell_are_both_used_in_every_step) {
  const Plan p = plan();
  for (const auto& state : {in(p, Phase::shadow), in(p, Phase::canary, 0), in(p, Phase::canary, 1)}) {
    EXPECT_EQ(decide(p, state, evidence(state, 999), t0 + hours(24)).kind, ActionKind::hold) << "999 of 1000 samples";
    EXPECT_EQ(decide(p, state, evidence(state, 1000000, -0.05, 0.0001), t0 + hours(24) - microseconds(1)).kind,
              ActionKind::hold)
        << "a million samples, too early";
    EXPECT_NE(decide(p, state, evidence(state, 1000), t0 + hours(24)).kind, ActionKind::hold);
  }
  Plan rows = p;
  rows.shadow = {.duration = Duration{0}, .rows = 500};
  const auto shadow = in(rows, Phase::shadow);
  Evidence e = evidence(shadow);
  e.rows_now = 499;
  EXPECT_EQ(decide(rows, shadow, e, t0 + hours(100)).kind, ActionKind::hold)
      << "a dwell in rows is not a dwell in time";
  e.rows_now = 500;
  EXPECT_EQ(decide(rows, shadow, e, t0 + hours(1)).kind, ActionKind::advance);
}

TEST(Rollout, trap_03_a_thousand_ticks_at_one_instant_advance_one_step_at_most) {
  Plan p = plan();
  for (const bool no_dwell : {false, true}) {
    if (no_dwell) {
      p.shadow = Span{.duration = microseconds(1), .rows = 0};
      for (auto& step : p.steps) step.bake = Span{};
      p.watch = Span{};
    }
    RolloutState state = begin(p);
    const TimePoint now = t0 + hours(24 * 29);
    int steps = 0;
    for (int i = 0; i < 1000; ++i) {
      const auto action = decide(p, state, evidence(state), now);
      steps += action.kind != ActionKind::hold;
      state = apply(p, state, action, now, 0);
    }
    EXPECT_EQ(steps, 1) << "even where a plan made by hand has no dwell";
    EXPECT_EQ(state.phase, Phase::canary);
    EXPECT_EQ(state.step, 0u);
  }
}

TEST(Rollout, trap_31_after_the_end_nothing_changes_and_old_samples_do_not_count) {
  const Plan p = plan();
  for (const Phase phase : {Phase::completed, Phase::aborted, Phase::rolled_back}) {
    RolloutState state = in(p, phase);
    state.weight = phase == Phase::completed ? 1 : 0;
    Evidence bad = evidence(state);
    bad.challenger.errors = 2000;
    for (const auto& e : {evidence(state), bad}) {
      const auto action = decide(p, state, e, t0 + hours(1000));
      EXPECT_EQ(action.kind, ActionKind::hold);
      EXPECT_EQ(action.weight, state.weight);
      EXPECT_EQ(apply(p, state, action, t0 + hours(1000), 7), state);
    }
    for (const auto kind :
         {ActionKind::advance, ActionKind::promote, ActionKind::abort, ActionKind::rollback, ActionKind::complete})
      EXPECT_EQ(apply(p, state, {.kind = kind, .reason = {}}, t0 + hours(1000), 7), state) << "not even a stray action";
  }
  // The samples of shadow are shown again in the first step: they move nothing.
  const RolloutState shadow = in(p, Phase::shadow);
  const Evidence of_shadow = evidence(shadow);
  const RolloutState canary = apply(p, shadow, decide(p, shadow, of_shadow, t0 + hours(24)), t0 + hours(24), 0);
  ASSERT_EQ(canary.phase, Phase::canary);
  EXPECT_EQ(decide(p, canary, of_shadow, t0 + hours(48)).kind, ActionKind::hold);
  EXPECT_EQ(step_by_hand(p, canary, of_shadow).kind, ActionKind::hold);
}

TEST(Rollout, trap_33_every_target_is_judged) {
  const Plan p = plan();
  const RolloutState state = in(p, Phase::canary, 1);
  Evidence e = evidence(state);
  e.targets[1].paired.now.difference = 0.5;
  const auto harmed = decide(p, state, e, t0 + hours(24));
  EXPECT_EQ(harmed.kind, ActionKind::abort);
  EXPECT_NE(harmed.reason.find("health"), std::string::npos);
  e = evidence(state);
  e.targets[1].paired = {};
  const auto unknown = decide(p, state, e, t0 + hours(24));
  EXPECT_EQ(unknown.kind, ActionKind::hold) << "one target without labels keeps all waiting";
  EXPECT_NE(unknown.reason.find("health"), std::string::npos);
}

TEST(Rollout, trap_36_silence_holds_and_ends_safely_at_the_deadline) {
  const Plan p = plan();
  for (const auto& state : {in(p, Phase::shadow), in(p, Phase::canary, 0), in(p, Phase::canary, 1)}) {
    Evidence silent;
    silent.rollout_id = state.id;
    silent.phase = state.phase;
    silent.step = state.step;
    // Three phases share 30 days: each has its day of dwell and nine of the 27 days left.
    for (int day = 0; day < 10; ++day) EXPECT_EQ(decide(p, state, silent, t0 + hours(24 * day)).kind, ActionKind::hold);
    const auto end = decide(p, state, silent, t0 + hours(24 * 10));
    EXPECT_EQ(end.kind, ActionKind::abort);
    EXPECT_EQ(end.weight, 0);
    EXPECT_NE(end.reason.find("deadline"), std::string::npos);
    EXPECT_EQ(end.verdict, Verdict::inconclusive);
    Plan strict = p;
    strict.quarantine_at_deadline = true;
    EXPECT_EQ(decide(strict, state, silent, t0 + hours(24 * 10)).verdict, Verdict::fail);
    EXPECT_NE(decide(p, state, evidence(state), t0 + hours(24 * 31)).kind, ActionKind::abort)
        << "good evidence after a jump of the clock is not thrown away";
  }
  Plan slow = p;
  slow.shadow.duration = hours(24 * 60);
  const RolloutState state = in(slow, Phase::shadow);
  EXPECT_EQ(decide(slow, state, evidence(state), t0 + hours(24 * 40)).kind, ActionKind::hold)
      << "a dwell beyond the deadline is kept";
}

TEST(Rollout, a_promotion_that_needs_a_person_waits_for_one_and_ends_archived_at_the_deadline) {
  Plan p = plan();
  p.needs_approval = true;
  p.quarantine_at_deadline = true;
  EXPECT_EQ(decide(p, in(p, Phase::shadow), evidence(in(p, Phase::shadow)), t0 + hours(24)).kind, ActionKind::advance)
      << "only the promotion is a person's";
  const RolloutState last = in(p, Phase::canary, 1);
  const auto waits = decide(p, last, evidence(last), t0 + hours(24));
  EXPECT_EQ(waits.kind, ActionKind::hold);
  EXPECT_TRUE(waits.needs_approval);
  EXPECT_EQ(waits.weight, last.weight);
  EXPECT_NE(waits.reason.find("perennial approve 1.0.1"), std::string::npos) << waits.reason;
  EXPECT_FALSE(decide(p, last, evidence(last), t0 + hours(23)).needs_approval) << "the dwell is not over";
  const auto end = decide(p, last, evidence(last), t0 + hours(24 * 10));
  EXPECT_EQ(end.kind, ActionKind::abort);
  EXPECT_EQ(end.verdict, Verdict::inconclusive) << "nothing was found against it";

  Evidence approved = evidence(last);
  approved.approved = true;
  EXPECT_EQ(decide(p, last, approved, t0 + hours(24)).kind, ActionKind::promote);
  Evidence few = evidence(last, 900);
  few.approved = true;
  EXPECT_EQ(decide(p, last, few, t0 + hours(24)).kind, ActionKind::hold) << "nor are 900 of 1000 rows";
  approved.challenger.requests = 0;
  EXPECT_EQ(decide(p, last, approved, t0 + hours(24 * 20)).kind, ActionKind::hold)
      << "after a restart requests are counted anew, and the approval is not lost to the deadline";
  const auto unlucky = decide(p, last, evidence(last, 9000, 0.055, 0.05), t0 + hours(24));
  EXPECT_EQ(unlucky.kind, ActionKind::abort);
  EXPECT_EQ(unlucky.verdict, Verdict::inconclusive) << "not shown to be bad: archived";
  Evidence harm = evidence(last, 2000, 0.2);
  harm.approved = true;
  EXPECT_EQ(decide(p, last, harm, t0 + hours(24)).kind, ActionKind::abort) << "an approval is no evidence";
  EXPECT_EQ(step_by_hand(p, last, evidence(last)).kind, ActionKind::promote) << "a person's step is an approval";
}

TEST(Rollout, the_watch_brings_the_previous_champion_back_on_harm) {
  const Plan p = plan();
  const RolloutState state = in(p, Phase::watch);
  EXPECT_EQ(decide(p, state, evidence(state, 500, 0.2), t0 + hours(1)).kind, ActionKind::rollback);
  EXPECT_EQ(decide(p, state, evidence(state, 9000, 0.06, 0.05), t0 + hours(1)).kind, ActionKind::hold)
      << "suspicion is not harm";
  EXPECT_EQ(decide(p, state, evidence(state, 500, 0.0), t0 + hours(23)).kind, ActionKind::hold);
  EXPECT_EQ(decide(p, state, evidence(state, 5000, 0.0), t0 + hours(24)).verdict, Verdict::pass);
  const auto quiet = decide(p, state, evidence(state, 0), t0 + hours(24));
  EXPECT_EQ(quiet.kind, ActionKind::complete);
  EXPECT_EQ(quiet.verdict, Verdict::inconclusive) << "no labels: the watch ends, and says that it saw nothing";
  EXPECT_EQ(quiet.weight, 1);
  const auto back = apply(p, state, decide(p, state, evidence(state, 500, 0.2), t0 + hours(1)), t0 + hours(1), 0);
  EXPECT_EQ(back.phase, Phase::rolled_back);
  EXPECT_EQ(back.weight, 0);
}

TEST(Rollout, unpaired_arms_are_judged_where_outcomes_depend_on_the_answer) {
  Plan p = plan();
  p.use_paired = false;
  const RolloutState shadow = in(p, Phase::shadow);
  EXPECT_EQ(decide(p, shadow, evidence(shadow, 20), t0 + hours(24)).kind, ActionKind::hold) << "too few shadow answers";
  EXPECT_EQ(decide(p, shadow, evidence(shadow), t0 + hours(24)).kind, ActionKind::advance);
  const RolloutState canary = in(p, Phase::canary, 0);
  Evidence e = evidence(canary);
  EXPECT_EQ(decide(p, canary, e, t0 + hours(24)).kind, ActionKind::hold) << "paired losses do not count here";
  for (auto& target : e.targets) target.unpaired = test::gathered(p, test::losses(1000, -0.02, 0.021));
  EXPECT_EQ(decide(p, canary, e, t0 + hours(24)).kind, ActionKind::advance);
  e.targets[0].unpaired.now.difference = 0.2;
  EXPECT_EQ(decide(p, canary, e, t0 + hours(24)).kind, ActionKind::abort);
  p.steps.clear();
  EXPECT_EQ(decide(p, shadow, evidence(shadow), t0 + hours(24)).kind, ActionKind::hold)
      << "no randomised step, no promotion";
}

TEST(Rollout, strategy_none_waits_for_a_person_but_not_with_a_broken_version) {
  Plan p = plan();
  p.strategy = "none";
  const RolloutState state = begin(p);
  EXPECT_EQ(decide(p, state, evidence(state), t0 + hours(24 * 365)).kind, ActionKind::hold);
  Evidence e = evidence(state);
  e.challenger.non_finite = 3;
  EXPECT_EQ(decide(p, state, e, t0 + hours(1)).kind, ActionKind::abort);
}

TEST(Rollout, a_step_by_hand_needs_evidence_but_no_dwell) {
  const Plan p = plan();
  const RolloutState shadow = begin(p);
  EXPECT_EQ(step_by_hand(p, shadow, evidence(shadow)).kind, ActionKind::advance);
  EXPECT_EQ(step_by_hand(p, shadow, evidence(shadow, 10)).kind, ActionKind::hold);
  const RolloutState last = in(p, Phase::canary, 1);
  EXPECT_EQ(step_by_hand(p, last, evidence(last)).kind, ActionKind::promote);
  EXPECT_EQ(step_by_hand(p, in(p, Phase::watch), evidence(in(p, Phase::watch))).kind, ActionKind::hold);
}

TEST(Rollout, a_plan_that_lost_its_step_ends_the_rollout_safely) {
  Plan p = plan();
  const RolloutState state = in(p, Phase::canary, 1);
  p.steps.pop_back();
  EXPECT_EQ(decide(p, state, evidence(state), t0 + hours(24)).kind, ActionKind::abort);
}

TEST(Rollout, state_survives_json) {
  const Plan p = plan();
  RolloutState state = in(p, Phase::canary, 1);
  state.rows_at_phase_start = 77;
  const auto copy = rollout_state_from_json(to_json(state));
  ASSERT_TRUE(copy.has_value()) << copy.error().message();
  EXPECT_EQ(*copy, state);
  for (const auto& [key, bad] : std::vector<std::pair<std::string, Json>>{{"phase", "halfway"},
                                                                          {"step", -1},
                                                                          {"weight", 1.5},
                                                                          {"phase_since", "soon"},
                                                                          {"salt", 3},
                                                                          {"rows_at_start", nullptr}}) {
    auto broken = to_json(state);
    broken[key] = bad;
    EXPECT_FALSE(rollout_state_from_json(broken).has_value()) << key;
  }
}

/// Every sequence of evidence and waiting that a small world allows, breadth first.
TEST(Rollout, no_path_leads_to_full_traffic_without_evidence) {
  struct Node {
    RolloutState state;
    TimePoint now;
    int good_steps;  ///< steps forward whose evidence was sufficient
    int depth;
  };
  Plan p = plan();
  p.min_samples = 100;
  std::vector<Plan> plans{p, p, p};
  plans[1].shadow = Span{};
  plans[2].steps.clear();
  std::size_t explored = 0;
  for (const auto& each : plans) {
    const int needed = (each.shadow.empty() ? 0 : 1) + static_cast<int>(each.steps.size());
    std::deque<Node> queue{{begin(each), t0, 0, 0}};
    std::set<std::string> seen;
    const auto evidence = [&each](const RolloutState& state, std::uint64_t n, double difference = -0.05,
                                  double standard_error = 0.01) {
      return test::evidence(state, n, difference, standard_error, each);
    };
    bool somebody_got_there = false;
    while (!queue.empty()) {
      const Node node = queue.front();
      queue.pop_front();
      if (node.depth == 9) continue;
      std::vector<std::pair<Evidence, bool>> choices;
      const auto offer = [&](const Evidence& e, bool sufficient) { choices.emplace_back(e, sufficient); };
      offer(evidence(node.state, 0), false);
      offer(evidence(node.state, 99), false);
      offer(evidence(node.state, 100), true);
      offer(evidence(node.state, 100, 0.5), false);
      offer(evidence(node.state, 100, nan), false);
      // As good as the champion, as far as anyone can tell: enough where another phase has shown it.
      offer(evidence(node.state, 100, 0, 0.05), !decides_promotion(each, node.state.phase, node.state.step));
      Evidence broken = evidence(node.state, 100);
      broken.challenger.non_finite = 1;
      offer(broken, false);
      Evidence half = evidence(node.state, 100);
      half.targets[1].paired = {};
      offer(half, false);
      Evidence stale = evidence(node.state, 100);
      stale.rollout_id = "another";
      offer(stale, false);
      for (const Duration wait : {Duration{0}, Duration{hours(12)}, Duration{hours(24)}, Duration{hours(24 * 40)}}) {
        for (const auto& [e, sufficient] : choices) {
          ++explored;
          const TimePoint now = node.now + wait;
          const auto action = decide(each, node.state, e, now);
          const auto next = apply(each, node.state, action, now, 0);
          const bool forward = next.weight > node.state.weight ||
                               (next.phase == Phase::canary && node.state.phase == Phase::shadow) ||
                               (next.phase == Phase::watch && node.state.phase != Phase::watch);
          if (forward) {
            ASSERT_TRUE(sufficient) << "a step without evidence: " << action.reason;
            ASSERT_GE(now - node.state.phase_since, hours(24)) << "a step without dwell";
            const int from = node.state.phase == Phase::shadow ? -1 : static_cast<int>(node.state.step);
            if (next.phase == Phase::canary) {
              ASSERT_EQ(static_cast<int>(next.step), from + 1) << "one step at a time";
            }
          }
          const int good_steps = node.good_steps + (forward ? 1 : 0);
          if (next.weight >= 1) {
            ASSERT_EQ(good_steps, needed) << "full traffic without evidence of every phase";
            somebody_got_there = true;
          }
          const auto again = decide(each, next, evidence(next, 100), now);
          if (next != node.state) {
            ASSERT_EQ(again.kind, ActionKind::hold) << "a second step at the same instant";
          }
          // Times beyond the deadline behave alike; so do equal states at equal ages.
          const auto key = fmt::format("{}|{}|{}|{}", to_json(next).dump(), format_time(now), good_steps, node.depth);
          if (!is_over(next.phase) && now - t0 < hours(24 * 45) && seen.insert(key).second)
            queue.push_back({next, now, good_steps, node.depth + 1});
        }
      }
    }
    EXPECT_TRUE(somebody_got_there) << "the world is large enough to reach full traffic";
  }
  EXPECT_GT(explored, 10000u);
}

}  // namespace
}  // namespace perennial::rollout
