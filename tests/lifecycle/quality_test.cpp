// Broken data in the loop: what is held back, for how long, and what comes out of it.

#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <set>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

const std::string eager =
    "{window: 600rows, cooldown: 1h, when: [{drift: {share: 30%}}, {volume: 150rows}, {event: upstream}]}";

// Drift that a pipeline bug has made must halt the retraining, and the broken rows must never be learned from.
TEST(DataQualityStage, trap_27_broken_data_halts_retraining_and_is_never_learned_from) {
  SmallFleet small(small_config(eager));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(50));
  small.fault = [](double a) { return 1000 * a; };
  ASSERT_TRUE(small.serve_until([&] { return small.state().quarantines.open() != nullptr; }, 200));
  const Quarantine broken = *small.state().quarantines.open();
  EXPECT_EQ(broken.columns, std::vector<std::string>{"a"});
  EXPECT_NEAR(static_cast<double>(broken.from_row), 50, 3);
  EXPECT_EQ(small.loop->newest_triage().cause, drift::quality::Cause::bug);
  const auto jobs_before = small.events(event_type::job_queued).size();
  ASSERT_TRUE(small.serve(600));
  EXPECT_EQ(small.events(event_type::job_queued).size(), jobs_before) << "retrained on broken data";
  EXPECT_EQ(small.events(event_type::data_quarantined).size(), 1U) << "one live alarm";
  EXPECT_TRUE(small.events(event_type::drift_detected).empty()) << "the bug was taken for drift";
  const auto asked = small.trigger("upstream", "u1");
  ASSERT_TRUE(asked);
  EXPECT_FALSE(asked->retrain);
  EXPECT_NE(asked->reason.find("data bug in column a since 2026-"), std::string::npos) << asked->reason;

  small.fault = nullptr;
  ASSERT_TRUE(small.serve_until([&] { return small.state().quarantines.open() == nullptr; }, 400));
  const Quarantine ended = small.state().quarantines.all().back();
  EXPECT_EQ(ended.from_row, broken.from_row);
  EXPECT_GE(*ended.to_row, 700U) << "bad rows were let go";
  EXPECT_LE(*ended.to_row, 850U) << "good rows were kept back";
  ASSERT_TRUE(small.serve_until([&] { return small.fleet->state().count("RunFinished") >= 2; }, 1500));
  const auto runs = small.events(event_type::run_finished);
  const auto started = small.events(event_type::job_started);
  ASSERT_GE(started.size(), 2U);
  EXPECT_EQ(started.back().body.at("rows"), 600) << "the window reaches back over what is left out";
  std::set<std::string> told;
  for (const auto& alert : small.fleet->outbox("churn")->take_recorded()) told.insert(alert.kind);
  EXPECT_TRUE(told.contains("DataQuarantined") && told.contains("DataReleased"));
}

TEST(DataQualityStage, trap_27_a_training_that_has_met_the_first_broken_rows_is_thrown_away) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(200));
  small.fault = [](double) { return std::numeric_limits<double>::quiet_NaN(); };
  ASSERT_TRUE(small.serve(50));  // seen by nobody yet: the monitor looks every 100 rows
  ASSERT_EQ(small.state().quarantines.open(), nullptr);
  ASSERT_TRUE(small.trigger("manual", "m1")->retrain);
  ASSERT_TRUE(small.serve_until([&] { return small.fleet->state().count("CycleEnded") >= 2; }, 600));
  ASSERT_NE(small.state().quarantines.open(), nullptr);
  const auto failed = small.events(event_type::run_failed);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_NE(failed[0].body.at("error").get<std::string>().find("turned out to be broken"), std::string::npos);
  // A person asks again, now without those rows.
  ASSERT_TRUE(small.trigger("manual", "m2")->retrain);
  ASSERT_TRUE(small.serve_until([&] { return small.fleet->state().count("VersionRegistered") >= 2; }, 600));
  EXPECT_EQ(small.events(event_type::run_failed).size(), 1U);
}

TEST(DataQualityStage, a_person_may_call_the_data_right) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(100));
  small.fault = [](double a) { return 1000 * a; };
  ASSERT_TRUE(small.serve(600));
  ASSERT_NE(small.state().quarantines.open(), nullptr);
  const auto answer = small.trigger("manual", "m1", 3, {{"data", "accept"}});
  ASSERT_TRUE(answer && answer->retrain);
  EXPECT_EQ(small.state().quarantines.open(), nullptr);
  EXPECT_TRUE(small.state().quarantines.all().empty());
  EXPECT_TRUE(small.events(event_type::data_released).back().body.at("accepted").get<bool>());
  ASSERT_TRUE(small.serve(600));
  EXPECT_EQ(small.events(event_type::data_quarantined).size(), 1U) << "what was called right was called a bug again";
  EXPECT_TRUE(small.events(event_type::run_failed).empty());
}

TEST(DataQualityStage, decay_that_broken_inputs_made_is_no_decay) {
  SmallFleet small(
      small_config("{window: 600rows, cooldown: 1h, when: [{decay: {metric: churned.accuracy, drop: 5%}}]}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(300));
  small.fault = [](double) { return std::numeric_limits<double>::quiet_NaN(); };
  ASSERT_TRUE(small.serve(600));
  ASSERT_NE(small.state().quarantines.open(), nullptr);
  small.fault = nullptr;
  ASSERT_TRUE(small.serve(500));
  EXPECT_EQ(small.state().quarantines.open(), nullptr);
  EXPECT_TRUE(small.events(event_type::decay_detected).empty()) << "the model was blamed for the pipeline";
  EXPECT_TRUE(small.events(event_type::retrain_requested).size() == 1) << "the first version's only";
}

TEST(DataQualityStage, expectations_guard_serving_and_training) {
  const test::TemporaryDirectory folder;
  const std::string file = (folder.path() / "suite.yaml").string();
  std::ofstream(file) << "expectations:\n  - {column: a, between: [-50, 50]}\n";
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}", "    expectations: " + file + "\n"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(200));
  EXPECT_EQ(small.state().quarantines.open(), nullptr);
  int row = 0;
  small.fault = [&](double a) { return ++row == 20 ? 99 : a; };
  ASSERT_TRUE(small.serve(100));
  ASSERT_NE(small.state().quarantines.open(), nullptr) << "one row breaks a rule without `mostly`";
  EXPECT_EQ(small.state().quarantines.open()->from_row, 219U);
  ASSERT_TRUE(small.serve(200));
  EXPECT_EQ(small.state().quarantines.open(), nullptr);

  std::ofstream(file) << "expectations:\n  - {column: a, between: [-0.5, 0.5]}\n";
  SmallFleet strict(small_config("{window: 600rows, cooldown: 1h}", "    expectations: " + file + "\n"));
  EXPECT_FALSE(strict.train(600));
  const auto failed = strict.events(event_type::run_failed);
  ASSERT_EQ(failed.size(), 1U);
  EXPECT_NE(failed[0].body.at("error").get<std::string>().find("break 1 of the expectations: column a"),
            std::string::npos)
      << to_text(failed[0].body);
}

TEST(DataQualityStage, a_silence_is_told_once) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(200));
  for (int minute = 0; minute < 60; ++minute) {
    small.clock.advance_to(small.clock.now() + std::chrono::minutes(1));
    ASSERT_TRUE(small.tick());
  }
  const auto warnings = small.events(event_type::warning_raised);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].body.at("what"), "freshness");
  EXPECT_NE(warnings[0].body.at("reason").get<std::string>().find("no rows for"), std::string::npos);
}

}  // namespace
}  // namespace perennial::lifecycle
