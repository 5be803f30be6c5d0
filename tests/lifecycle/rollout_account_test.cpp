#include "lifecycle/rollout_account.hpp"

#include <gtest/gtest.h>

#include "lifecycle/desk.hpp"
#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

/// One fleet for all tests of this file: 1.0.1 has gone from shadow to the end of its watch by its evidence; 1.0.2 is
/// on its way.
class RolloutAccount : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    small_ = new SmallFleet(small_config("{window: 600rows, cooldown: 1h}"));
    ASSERT_TRUE(small_->train(600));
    ASSERT_TRUE(small_->serve(300));
    ASSERT_TRUE(small_->trigger("manual", "first")->retrain);
    ASSERT_TRUE(small_->serve_until([] { return small_->fleet->state().count("RolloutCompleted") == 1; }));
    ASSERT_TRUE(small_->trigger("manual", "second")->retrain);
    ASSERT_TRUE(small_->serve_until([] { return small_->fleet->state().count("RolloutPlanned") == 2; }));
    ASSERT_TRUE(small_->serve(50));
    desk_ = new Desk(*small_->fleet, small_->clock);
  }
  static void TearDownTestSuite() {
    delete desk_;
    delete small_;
  }
  static std::vector<Event> events_of(const std::string& which) {
    auto events = rollout_events(small_->fleet->journal(), "churn", which);
    if (!events) {
      ADD_FAILURE() << events.error().message();
      return {};
    }
    return *events;
  }
  static std::string words(const Json& account) {
    std::string all;
    for (const auto& line : account.at("in_words")) all += line.get<std::string>() + "\n";
    return all;
  }
  static Json account(const std::vector<Event>& events) {
    return rollout_account(small_->fleet->state().registry(), events);
  }
  static inline SmallFleet* small_ = nullptr;
  static inline Desk* desk_ = nullptr;
};

TEST_F(RolloutAccount, tells_a_rollout_from_its_plan_to_its_outcome_with_the_numbers) {
  const Json told = account(events_of("1.0.1"));
  EXPECT_EQ(told.at("version"), "1.0.1");
  EXPECT_EQ(told.at("champion"), "1.0.0");
  EXPECT_TRUE(told.at("over").get<bool>());
  EXPECT_EQ(told.at("outcome"), "completed: promoted, and its watch is over");
  EXPECT_FALSE(told.at("plan_in_words").empty());
  std::vector<std::string> phases, actions;
  for (const auto& step : told.at("steps")) {
    phases.push_back(step.at("phase").get<std::string>());
    actions.push_back(step.at("action").get<std::string>());
    EXPECT_EQ(step.at("asked_by"), "judge");
    const Json& saw = step.at("saw").at("churned");
    EXPECT_GE(saw.at("rows").get<int>(), 100);
    for (const char* number : {"loss_champion", "loss_difference", "standard_error", "margin", "p_harm", "p_worse"})
      EXPECT_TRUE(saw.at(number).is_number()) << number << " " << saw;
    EXPECT_TRUE(step.at("evidence").at("challenger").contains("latency_ms_p99"));
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"shadow", "canary", "watch"}));
  EXPECT_EQ(actions, (std::vector<std::string>{"advance", "promote", "complete"}));
  const std::string text = words(told);
  for (const char* part : {"shadow, 2026-", "canary 30 %, 2026-", "watch, 2026-", "requests", "labelled rows",
                           "looks for", "verdict pass", "on to 30 % of the traffic", "outcome: completed"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
}

TEST_F(RolloutAccount, every_verdict_follows_again_from_the_journal) {
  const Json told = account(events_of("1.0.1"));
  ASSERT_EQ(told.at("steps").size(), 3U);
  for (const auto& step : told.at("steps")) {
    EXPECT_EQ(step.at("again").at("outcome"), "same") << step.at("again");
    EXPECT_EQ(step.at("again").at("in_words"), "re-computed: the same verdict");
  }
}

TEST_F(RolloutAccount, a_tampered_record_is_shown_with_its_difference) {
  struct Row {
    const char* why;
    const char* place;
    Json value;
    const char* differs;
  };
  const std::vector<Row> rows = {
      {"the loss that was seen", "/recorded/evidence/targets/0/paired/now/difference", 5.0, "action: 'advance'"},
      {"the verdict", "/verdict", "inconclusive", "verdict: 'inconclusive' is journalled, 'pass' follows"},
      {"the reason", "/reason", "looked fine", "reason: 'looked fine'"},
      {"the plan", "/recorded/plan/min_samples", 100000, "is journalled"},
      {"where it began", "/recorded/before/started_at", "2020-01-01T00:00:00Z", "state before it"},
  };
  for (const auto& row : rows) {
    auto events = events_of("1.0.1");
    ASSERT_EQ(events[1].type, "RolloutAdvanced");
    events[1].body[Json::json_pointer(row.place)] = row.value;
    const Json told = account(events);
    const Json& again = told.at("steps")[0].at("again");
    EXPECT_EQ(again.at("outcome"), "different") << row.why;
    EXPECT_NE(to_text(again.at("differences")).find(row.differs), std::string::npos) << row.why << ": " << again;
    EXPECT_NE(words(told).find("NOT the same verdict"), std::string::npos) << row.why;
    EXPECT_EQ(told.at("steps")[2].at("again").at("outcome"), "same") << "the others stand";
  }
  auto events = events_of("1.0.1");
  events[1].body["recorded"]["evidence"]["rows_now"] = "many";
  EXPECT_EQ(account(events).at("steps")[0].at("again").at("outcome"), "unreadable");
}

TEST_F(RolloutAccount, a_journal_from_before_evidence_was_kept_is_told_all_the_same) {
  auto events = events_of("1.0.1");
  for (auto& event : events) event.body.erase("recorded");
  const Json told = account(events);
  ASSERT_EQ(told.at("steps").size(), 3U);
  for (const auto& step : told.at("steps")) {
    EXPECT_EQ(step.at("again").at("outcome"), "not_kept");
    EXPECT_FALSE(step.at("reason").get<std::string>().empty());
  }
  EXPECT_NE(words(told).find("recorded before evidence was kept"), std::string::npos);
}

TEST_F(RolloutAccount, is_found_by_version_by_id_and_newest_first) {
  const Json by_version = account(events_of("1.0.1"));
  EXPECT_EQ(account(events_of(by_version.at("id").get<std::string>())).at("version"), "1.0.1");
  EXPECT_EQ(account(events_of("")).at("version"), "1.0.2") << "without a name it is the running one";
  const auto unknown = rollout_events(small_->fleet->journal(), "churn", "9.9.9");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::not_found);
  EXPECT_NE(unknown.error().hint.find("(1.0.1)"), std::string::npos) << unknown.error().message();
  EXPECT_EQ(rollout_events(small_->fleet->journal(), "nobody", "").error().code, ErrorCode::not_found);
}

TEST_F(RolloutAccount, one_that_runs_says_what_it_sees_now_and_what_it_waits_for) {
  const auto told = desk_->explain_rollout("churn", "");
  ASSERT_TRUE(told) << told.error().message();
  EXPECT_FALSE(told->at("over").get<bool>());
  EXPECT_EQ(told->at("now").at("rollout").at("phase"), "shadow");
  EXPECT_FALSE(told->at("now").at("waits_for").get<std::string>().empty());
  EXPECT_NE(words(*told).find("waits for: "), std::string::npos);
  EXPECT_FALSE(desk_->explain_rollout("churn", "1.0.1")->contains("now"));
  EXPECT_FALSE(desk_->explain_rollout("nobody", ""));
}

TEST_F(RolloutAccount, a_running_rollout_shows_each_arm_and_output) {
  const auto shown = desk_->rollout("churn");
  ASSERT_TRUE(shown);
  const Json& outputs = shown->at("outputs").at("churned");
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[1].at("output"), "yes");
  EXPECT_EQ(outputs[1].at("challenger").at("rows"), shown->at("evidence").at("challenger").at("requests"));
  EXPECT_TRUE(outputs[1].at("insufficient").get<bool>()) << "50 rows";
  EXPECT_TRUE(outputs[1].at("difference").is_null());
  EXPECT_TRUE(shown->at("findings").at("churned").at("insufficient").get<bool>());
  EXPECT_EQ(shown->at("phase_rows"), shown->at("evidence").at("challenger").at("requests"));
  const Json status = desk_->status();
  for (const char* key : {"waits_for", "phase_for", "phase_rows", "outputs", "findings", "evidence", "in_words"})
    EXPECT_TRUE(status.at("models").at(0).at("rollout").contains(key)) << key;
}

TEST(RolloutAccountOfAPerson, who_ends_or_overrides_a_rollout_is_named) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(300));
  ASSERT_TRUE(small.trigger("manual", "t")->retrain);
  ASSERT_TRUE(small.serve_until([&] { return small.fleet->state().count("RolloutPlanned") == 1; }));
  ASSERT_TRUE(small.fleet->promote("churn", "1.0.1", true, {{}, "cli", "the board wants it"}, small.clock.now()));
  const auto tell = [&] {
    const auto events = rollout_events(small.fleet->journal(), "churn", "");
    return events ? rollout_account(small.fleet->state().registry(), *events) : Json::object();
  };
  Json told = tell();
  EXPECT_TRUE(told.value("id", "").starts_with("override-1.0.1-")) << told;
  EXPECT_NE(to_text(told.at("in_words")).find("past its evidence: the board wants it"), std::string::npos) << told;
  EXPECT_EQ(told.at("outcome").get<std::string>().find("running: watch since "), 0U) << told.at("outcome");
  ASSERT_TRUE(small.fleet->rollback("churn", std::nullopt, {{}, "cli", "wrong prices"}, small.clock.now()));
  told = tell();
  ASSERT_EQ(told.at("steps").size(), 1U) << told;
  EXPECT_EQ(told.at("steps")[0].at("asked_by"), "operator");
  EXPECT_EQ(told.at("steps")[0].at("again").at("outcome"), "not_judged");
  EXPECT_EQ(told.at("outcome"), "rolled back after the promotion");
  const auto first = rollout_events(small.fleet->journal(), "churn",
                                    small.events("RolloutPlanned")[0].body.at("id").get<std::string>());
  ASSERT_TRUE(first);
  EXPECT_EQ(rollout_account(small.fleet->state().registry(), *first).at("outcome"),
            "ended: superseded by an operator's promotion");
  EXPECT_TRUE(told.at("confirmed").get<bool>()) << "the probe's answer belongs to it";
  EXPECT_NE(to_text(told.at("in_words")).find("wrong prices"), std::string::npos);
}

}  // namespace
}  // namespace perennial::lifecycle
