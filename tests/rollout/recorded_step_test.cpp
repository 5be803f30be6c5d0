#include "rollout/recorded_step.hpp"

#include <gtest/gtest.h>

#include "rollout/scene.hpp"

namespace perennial::rollout {
namespace {

namespace scene = rollout::test;

/// What lifecycle journals of an action: the action, the state after it, and what it was decided on.
Json body_of(const RecordedStep& step, TimePoint at) {
  const Action action = step.by_hand ? step_by_hand(step.plan, step.before, step.evidence)
                                     : decide(step.plan, step.before, step.evidence, at);
  Json body = to_json(action);
  body["rollout"] = to_json(apply(step.plan, step.before, action, at, step.evidence.rows_now));
  body["recorded"] = to_json(step);
  return body;
}

/// Decided again from the text that the journal keeps.
Recomputation again(const Json& body, TimePoint at) {
  const auto parsed = parse_json(to_text(body));
  EXPECT_TRUE(parsed);
  const auto step = recorded_step_from_json(parsed->at("recorded"));
  if (!step) {
    ADD_FAILURE() << step.error().message();
    return {};
  }
  return decide_again(*step, at, *parsed);
}

RecordedStep shadow_step(std::uint64_t n = 2000, double difference = -0.05) {
  const Plan plan = scene::plan();
  const RolloutState state = scene::begin(plan);
  return {false, plan, state, scene::evidence(state, n, difference)};
}

const TimePoint later = scene::t0 + std::chrono::hours(25);

TEST(RecordedStep, every_kind_of_verdict_follows_again_from_what_was_recorded) {
  RecordedStep canary = shadow_step();
  canary.before.phase = Phase::canary;
  canary.before.step = 1;
  canary.before.weight = 0.25;
  canary.evidence = scene::evidence(canary.before);
  RecordedStep watch = canary;
  watch.before.phase = Phase::watch;
  watch.before.weight = 1;
  watch.evidence = scene::evidence(watch.before);
  RecordedStep harm = watch;
  harm.evidence = scene::evidence(harm.before, 2000, 0.5);
  RecordedStep slow = shadow_step();
  slow.evidence.challenger.latency_ms_p99 = std::numeric_limits<double>::quiet_NaN();
  RecordedStep by_hand = shadow_step();
  by_hand.by_hand = true;
  struct Row {
    const char* why;
    RecordedStep step;
    ActionKind kind;
  };
  const std::vector<Row> rows = {
      {"good in shadow", shadow_step(), ActionKind::advance},
      {"worse in shadow", shadow_step(2000, 0.5), ActionKind::abort},
      {"the last step", canary, ActionKind::promote},
      {"a quiet watch", watch, ActionKind::complete},
      {"harm in the watch", harm, ActionKind::rollback},
      {"a latency that is not a number", slow, ActionKind::abort},
      {"a person's step, before the dwell is over", by_hand, ActionKind::advance},
  };
  for (const auto& row : rows) {
    const TimePoint at = row.step.by_hand ? scene::t0 + std::chrono::hours(1) : later;
    const auto result = again(body_of(row.step, at), at);
    EXPECT_EQ(result.action.kind, row.kind) << row.why << ": " << result.action.reason;
    EXPECT_TRUE(result.differences.empty()) << row.why << ": " << result.differences.front();
  }
}

TEST(RecordedStep, a_changed_record_gives_another_verdict_and_says_what_differs) {
  struct Row {
    const char* why;
    const char* place;
    Json value;
    const char* differs;
  };
  const std::vector<Row> rows = {
      {"the losses were worse", "/recorded/evidence/targets/0/paired/now/difference", 0.6, "action: 'advance'"},
      {"the answers were not finite", "/recorded/evidence/challenger/non_finite", 3, "verdict: 'pass'"},
      {"fewer rows than are said", "/recorded/evidence/targets/1/paired/now/n", 200, "action: 'advance'"},
      {"another plan", "/recorded/plan/min_samples", 5000, "action: 'advance'"},
      {"another reason is told", "/reason", "all is well", "reason: 'all is well'"},
      {"another number is told", "/measured", 0.25, "measured"},
      {"more traffic is told", "/weight", 0.5, "weight: 0.5"},
      {"the state moved elsewhere", "/rollout/weight", 0.9, "state after it, weight"},
      {"the phase had just begun", "/recorded/before/phase_since", "2024-10-05T00:30:00Z", "action: 'advance'"},
  };
  const Json good = body_of(shadow_step(), later);
  ASSERT_TRUE(again(good, later).differences.empty());
  for (const auto& row : rows) {
    Json body = good;
    body[Json::json_pointer(row.place)] = row.value;
    std::string all;
    for (const auto& difference : again(body, later).differences) all += difference + "\n";
    EXPECT_NE(all.find(row.differs), std::string::npos) << row.why << ": " << all;
  }
  EXPECT_FALSE(again(good, scene::t0 + std::chrono::hours(1)).differences.empty())
      << "decided before the dwell was over";
}

TEST(RecordedStep, a_plan_comes_back_as_it_was) {
  Plan odd = scene::plan();
  odd.strategy = "none";
  odd.shadow = {.duration = Duration{0}, .rows = 777};
  odd.steps = {{.weight = 0.1 + 0.2, .bake = {.duration = std::chrono::microseconds(1234567), .rows = 0}}};
  odd.min_samples = 1;
  odd.max_regression = 1.0 / 3;
  odd.confidence = 0.999;
  odd.latency_ms_p99 = 1e-9;
  odd.error_rate = 0;
  odd.keep = 9;
  odd.watch = {};
  odd.deadline = {.duration = std::chrono::hours(1), .rows = 0};
  odd.needs_approval = true;
  odd.use_paired = false;
  odd.quarantine_at_deadline = true;
  odd.effect = 0.07;
  odd.freeze_after = 0;
  odd.max_per_day = 7;
  for (const Plan& plan : {scene::plan(), default_plan(), odd}) {
    const auto parsed = parse_json(to_text(to_json(plan)));
    ASSERT_TRUE(parsed);
    const auto read = plan_from_json(*parsed);
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(*read, plan) << to_text(*parsed);
  }
  // No key is written and not read: each one alone makes another plan.
  const Json one = to_json(scene::plan());
  const Json other = to_json(odd);
  for (const auto& [key, value] : one.items()) {
    ASSERT_NE(value, other.at(key)) << "give `odd` another value of " << key;
    Json mixed = one;
    mixed[key] = other.at(key);
    const auto read = plan_from_json(mixed);
    ASSERT_TRUE(read) << key << ": " << read.error().message();
    EXPECT_NE(*read, scene::plan()) << key << " is lost";
  }
  for (const char* key : {"steps", "shadow", "min_samples", "use_paired", "strategy", "confidence"}) {
    Json broken = to_json(odd);
    broken[key] = Json::object({{"x", 1}});
    const auto read = plan_from_json(broken);
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error().code, ErrorCode::corrupt) << key;
  }
}

TEST(RecordedStep, a_record_without_its_parts_is_corrupt) {
  for (const char* key : {"plan", "before", "evidence"}) {
    Json record = to_json(shadow_step());
    record.erase(key);
    EXPECT_FALSE(recorded_step_from_json(record)) << key;
  }
}

}  // namespace
}  // namespace perennial::rollout
