#include "lifecycle/control_state.hpp"

#include <gtest/gtest.h>

#include "core/limits.hpp"
#include "lifecycle/desk.hpp"
#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

Event event(std::uint64_t seq, std::string_view type, Json body, const std::string& model = "m") {
  Event e;
  e.seq = seq;
  e.at = TimePoint(std::chrono::seconds(seq));
  e.model = model;
  e.type = std::string(type);
  e.body = std::move(body);
  return e;
}

/// Everything that is folded, as one text.
std::string text_of(const ControlState& state, const std::string& model) {
  const ModelState& m = state.model(model);
  Json json = {{"status", status_json(state, {model})},
               {"versions", versions_json(state.registry(), model)},
               {"jobs", jobs_json(state.jobs(), model)},
               {"events", state.events()},
               {"configured", m.configured},
               {"memory", triggers::to_json(m.memory)},
               {"rollout", m.rollout ? rollout::to_json(*m.rollout) : Json(nullptr)},
               {"rollout_job", m.rollout_job},
               {"cycle_job", m.cycle_job},
               {"cycle", to_json(m.cycle)},
               {"drifting", m.drifting_columns},
               {"decayed", m.decayed},
               {"importance_drift", m.importance_drift ? *m.importance_drift : Json(nullptr)},
               {"onset", m.onset ? Json(format_time(*m.onset)) : Json(nullptr)},
               {"decisions", m.last_decisions},
               {"references", m.references},
               {"phase", m.phase}};
  for (const auto& retrain : m.retrains) json["retrains"].push_back(triggers::to_json(retrain));
  for (const auto& [version, estimates] : m.baselines)
    for (const auto& [metric, estimate] : estimates)
      json["baselines"][version][metric] = {estimate.value, estimate.standard_error, estimate.n};
  for (const auto& stay : state.registry().deployments(model))
    json["stays"].push_back({stay.version.text(), stay.reason, stay.end_cause, stay.is_rollback});
  return to_text(json);
}

TEST(ControlState, what_is_folded_from_the_journal_equals_what_lives) {
  SmallFleet small(small_config(
      "{window: 600rows, cooldown: 1h, when: [{decay: {metric: churned.accuracy, drop: 5%}}, {volume: 400rows}]}"));
  ASSERT_TRUE(small.train(600));
  std::uint64_t compared = 0;
  const auto equal_to_fold = [&] {
    ControlState folded;
    EXPECT_TRUE(small.fleet->journal().read(0, [&](const Event& e) { return folded.apply(e); }));
    EXPECT_EQ(text_of(folded, "churn"), text_of(small.fleet->state(), "churn")) << "at row " << small.loop->rows_seen();
    ++compared;
    return !testing::Test::HasFailure();
  };
  ASSERT_TRUE(equal_to_fold());
  small.turned = true;
  bool promoted = false;
  for (int batch = 0; batch < 60 && !promoted; ++batch) {
    ASSERT_TRUE(small.serve(50));
    ASSERT_TRUE(equal_to_fold());
    promoted = small.fleet->state().count("Promoted") >= 2;
  }
  ASSERT_TRUE(promoted) << "the story did not get far enough to show anything";
  const auto outcome = [&] { return small.fleet->state().model("churn").retrains.back().outcome; };
  EXPECT_EQ(outcome(), triggers::RetrainOutcome::promoted);
  ASSERT_TRUE(small.fleet->rollback("churn", std::nullopt, {"r1", "test", ""}, small.clock.now()));
  ASSERT_TRUE(small.tick());
  ASSERT_TRUE(equal_to_fold());
  EXPECT_EQ(outcome(), triggers::RetrainOutcome::taken_back);
  EXPECT_GT(compared, 5U);
}

TEST(ControlState, models_do_not_share_anything) {
  ControlState state;
  ASSERT_TRUE(state.apply(event(1, event_type::drift_detected, {{"columns", {"x"}}}, "a")));
  ASSERT_TRUE(state.apply(event(2, event_type::run_failed, {{"job", "j"}}, "a")));
  EXPECT_TRUE(state.model("b").drifting_columns.empty());
  EXPECT_EQ(state.model("b").memory.consecutive_failures, 0);
  EXPECT_EQ(state.model("a").memory.consecutive_failures, 1);
}

struct FoldRow {
  const char* why;
  std::vector<std::pair<std::string_view, Json>> events;
  std::function<bool(const ModelState&)> holds;
};

TEST(ControlState, each_event_changes_what_it_says) {
  const std::vector<FoldRow> rows = {
      {"drift is live until it resolves",
       {{event_type::drift_detected, {{"columns", {"x", "y"}}}}},
       [](const ModelState& m) { return m.drifting_columns == std::vector<std::string>{"x", "y"} && m.onset; }},
      {"a wider drift keeps the onset of the first",
       {{event_type::drift_detected, {{"columns", {"x"}}}}, {event_type::drift_detected, {{"columns", {"x", "y"}}}}},
       [](const ModelState& m) { return m.onset == TimePoint(std::chrono::seconds(1)); }},
      {"resolved drift ends the onset",
       {{event_type::drift_detected, {{"columns", {"x"}}}}, {event_type::drift_resolved, Json::object()}},
       [](const ModelState& m) { return m.drifting_columns.empty() && !m.onset; }},
      {"while the champion is decayed the onset stays",
       {{event_type::drift_detected, {{"columns", {"x"}}}},
        {event_type::decay_detected, Json::object()},
        {event_type::drift_resolved, Json::object()}},
       [](const ModelState& m) { return m.decayed && m.onset == TimePoint(std::chrono::seconds(1)); }},
      {"so it does while importance has shifted",
       {{event_type::importance_drift_detected, {{"shift", 0.3}}},
        {event_type::drift_detected, {{"columns", {"x"}}}},
        {event_type::drift_resolved, Json::object()}},
       [](const ModelState& m) {
         return m.importance_drift && m.importance_drift->at("shift") == 0.3 &&
                m.onset == TimePoint(std::chrono::seconds(1));
       }},
      {"and the end of the last alarm ends it",
       {{event_type::importance_drift_detected, {{"shift", 0.3}}},
        {event_type::importance_drift_resolved, Json::object()}},
       [](const ModelState& m) { return !m.importance_drift && !m.onset; }},
      {"the newest decision of each policy is remembered by its kind",
       {{event_type::retrain_skipped, {{"policy", "drift"}, {"kind", "skip: cooldown"}}},
        {event_type::retrain_requested, {{"policy", "decay"}, {"kind", "retrain"}}}},
       [](const ModelState& m) {
         return m.last_decisions.at("drift") == "skip: cooldown" && m.last_decisions.at("decay") == "retrain";
       }},
      {"failures count up",
       {{event_type::run_failed, {{"job", "j"}}}, {event_type::run_failed, {{"job", "k"}}}},
       [](const ModelState& m) { return m.memory.consecutive_failures == 2 && !m.memory.last_success_at; }},
      {"a success ends them and begins the cooldown, whatever its gates say later",
       {{event_type::run_failed, {{"job", "j"}}}, {event_type::run_finished, {{"job", "k"}, {"rows_seen", 70}}}},
       [](const ModelState& m) {
         return m.memory.consecutive_failures == 0 && m.memory.last_success_at == TimePoint(std::chrono::seconds(2)) &&
                m.memory.rows_at_last_success == 70;
       }},
      {"a cycle is open from its job to its end",
       {{event_type::job_queued, {{"job", "j"}}}},
       [](const ModelState& m) { return m.cycle_job == "j" && m.cycle.decided == TimePoint(std::chrono::seconds(1)); }},
      {"and ended once",
       {{event_type::job_queued, {{"job", "j"}}}, {event_type::cycle_ended, {{"job", "j"}, {"outcome", "failed"}}}},
       [](const ModelState& m) { return m.cycle_job.empty(); }},
      {"a null among the estimates is not known, and never zero",
       {{event_type::gate_evaluated,
         {{"estimates",
           {{"y.auc", {{"value", nullptr}, {"standard_error", 0.1}, {"n", 5}}},
            {"y.f1", {{"value", 0.5}, {"standard_error", 0.1}, {"n", 5}}}}}}}},
       [](const ModelState& m) { return m.judged.size() == 1 && m.judged.at("y.f1").value == 0.5; }},
  };
  for (const auto& row : rows) {
    ControlState state;
    std::uint64_t seq = 0;
    for (const auto& [type, body] : row.events) ASSERT_TRUE(state.apply(event(++seq, type, body))) << row.why;
    EXPECT_TRUE(row.holds(state.model("m"))) << row.why;
    EXPECT_EQ(state.model("m").last_seq, seq) << row.why;
  }
}

TEST(ControlState, an_event_that_cannot_follow_is_corrupt) {
  ControlState state;
  const auto applied = state.apply(event(1, event_type::promoted, {{"version", "9.9.9"}}));
  ASSERT_FALSE(applied);
  EXPECT_EQ(applied.error().code, ErrorCode::corrupt);
}

TEST(ControlState, the_first_event_of_a_command_id_answers_it) {
  ControlState state;
  ASSERT_TRUE(state.apply(event(1, event_type::retrain_requested, {{"policy", "manual"}, {"command_id", "c"}})));
  ASSERT_TRUE(state.apply(event(2, event_type::retrain_skipped, {{"policy", "manual"}, {"command_id", "c"}})));
  ASSERT_NE(state.answered("c"), nullptr);
  EXPECT_EQ(state.answered("c")->seq, 1U);
  EXPECT_EQ(state.answered("d"), nullptr);
}

}  // namespace
}  // namespace perennial::lifecycle
