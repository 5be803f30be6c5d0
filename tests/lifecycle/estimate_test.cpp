// What the loop says of its champion before the labels come.

#include <gtest/gtest.h>

#include <set>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

const std::string by_hand = "{window: 2000rows, cooldown: 1h}";

std::string with_estimate(const std::string& estimate) {
  std::string yaml = small_config(by_hand);
  const std::string at = "min_rows: 200}";
  return yaml.replace(yaml.find(at), at.size(), "min_rows: 200, estimate: " + estimate + "}");
}

TEST(EstimateStage, labels_that_are_in_time_leave_nothing_to_estimate) {
  SmallFleet small(small_config(by_hand));
  ASSERT_TRUE(small.train(2000));
  ASSERT_TRUE(small.serve(600));
  const auto& newest = small.loop->early_warning().newest;
  EXPECT_EQ(newest.verdict, Verdict::pass);
  EXPECT_EQ(newest.labelled, 1);
  EXPECT_FALSE(newest.estimate);
  ASSERT_TRUE(small.loop->early_warning().estimator);
  EXPECT_FALSE(small.loop->early_warning().estimator->fitted()) << "it costs nothing";
}

TEST(EstimateStage, without_labels_each_look_has_an_estimate_with_an_interval_beside_the_baseline) {
  SmallFleet small(small_config(by_hand));
  ASSERT_TRUE(small.train(2000));
  small.labelled = false;
  ASSERT_TRUE(small.serve(600));
  const auto& newest = small.loop->early_warning().newest;
  ASSERT_TRUE(newest.estimate) << newest.why_not;
  EXPECT_EQ(newest.labelled, 0);
  EXPECT_EQ(newest.estimate->metric, "churned.accuracy");
  EXPECT_EQ(newest.estimate->estimate.n, 400U) << "the monitor's window";
  EXPECT_NEAR(newest.estimate->estimate.value, newest.judged.baseline, 0.05);
  EXPECT_LT(newest.estimate->low, newest.judged.baseline);
  EXPECT_GT(newest.estimate->high, newest.judged.baseline);
  EXPECT_EQ(newest.verdict, Verdict::pass);
  EXPECT_TRUE(small.events(event_type::estimated_decay_detected).empty());
}

TEST(EstimateStage, rows_that_the_model_is_unsure_of_raise_one_warning_that_retrains_nothing) {
  // Drift that asks for nothing, and a policy that would take any sign of decay.
  SmallFleet small(
      small_config("{window: 2000rows, cooldown: 1h, when: [{decay: {metric: churned.accuracy, drop: 5%}}]}"));
  ASSERT_TRUE(small.train(2000));
  small.labelled = false;
  ASSERT_TRUE(small.serve(400));
  small.spread = 0.05;
  ASSERT_TRUE(small.serve_until([&] { return small.state().estimated_decay.has_value(); }, 600));
  ASSERT_TRUE(small.serve(500));
  const auto raised = small.events(event_type::estimated_decay_detected);
  ASSERT_EQ(raised.size(), 1U) << "one live warning";
  const Json& body = raised[0].body;
  EXPECT_EQ(body.at("metric"), "churned.accuracy");
  EXPECT_EQ(body.at("method"), "cbpe");
  EXPECT_LT(body.at("estimate").get<double>(), 0.95 * body.at("baseline").get<double>());
  EXPECT_LT(body.at("high").get<double>(), body.at("baseline").get<double>());
  EXPECT_EQ(body.at("version"), "1.0.0");
  EXPECT_EQ(small.events(event_type::job_queued).size(), 1U) << "only the first training";
  EXPECT_FALSE(small.state().decayed) << "an estimate is no measured decay";

  small.spread = 1;
  ASSERT_TRUE(small.serve_until([&] { return !small.state().estimated_decay; }, 600));
  const auto resolved = small.events(event_type::estimated_decay_resolved);
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(resolved[0].body.at("reason"), "as good as its baseline again");
  std::multiset<std::string> told;
  for (const auto& alert : small.fleet->outbox("churn")->take_recorded()) told.insert(alert.kind);
  EXPECT_EQ(told.count("EstimatedDecayDetected"), 1U);
  EXPECT_EQ(told.count("EstimatedDecayResolved"), 1U);
}

TEST(EstimateStage, labels_that_come_end_the_warning_and_say_themselves_what_is_true) {
  SmallFleet small(small_config(by_hand));
  ASSERT_TRUE(small.train(2000));
  small.labelled = false;
  small.spread = 0.05;
  ASSERT_TRUE(small.serve_until([&] { return small.state().estimated_decay.has_value(); }, 800));
  small.labelled = true;
  ASSERT_TRUE(small.serve_until([&] { return !small.state().estimated_decay; }, 600));
  EXPECT_EQ(small.events(event_type::estimated_decay_resolved).back().body.at("reason"), "the labels are there");
  ASSERT_TRUE(small.serve_until([&] { return small.state().decayed; }, 600)) << "it was true";
}

TEST(EstimateStage, the_drifting_column_that_costs_is_named_before_the_one_that_only_moves) {
  SmallFleet small(small_config(by_hand));
  ASSERT_TRUE(small.train(2000));
  small.labelled = false;
  ASSERT_TRUE(small.serve(400));
  small.spread = 0.05;
  ASSERT_TRUE(small.serve_until([&] { return !small.state().drifting_columns.empty(); }, 800));
  const auto& impact = small.loop->early_warning().impact;
  ASSERT_TRUE(impact);
  ASSERT_EQ(impact->columns.size(), 2U);
  EXPECT_EQ(impact->columns[0].column, "a") << "it has twice the weight";
  EXPECT_GT(impact->columns[0].effect, impact->columns[1].effect);
  EXPECT_GT(impact->change, 0);
}

TEST(EstimateStage, predictions_and_labels_are_compared_beside_the_inputs) {
  SmallFleet small(small_config(by_hand));
  ASSERT_TRUE(small.train(2000));
  ASSERT_TRUE(small.serve(600));
  const auto& answers = small.loop->early_warning().newest_answers;
  EXPECT_EQ(answers.verdict, Verdict::pass);
  std::set<std::string> names;
  for (const auto& entry : answers.columns) names.insert(entry.column);
  EXPECT_EQ(names, (std::set<std::string>{"prediction:churned", "target:churned"}));
  small.shift = 0.8;  // more churners, in the answers and in the labels
  ASSERT_TRUE(small.serve(600));
  EXPECT_EQ(answers.drifting_columns, (std::vector<std::string>{"prediction:churned", "target:churned"}));
  for (const auto& name : small.loop->newest_drift()->drifting_columns)
    EXPECT_TRUE(name == "a" || name == "b") << name << " counts as an input";
}

TEST(EstimateStage, none_switches_it_off) {
  SmallFleet small(with_estimate("none, answers: false"));
  ASSERT_TRUE(small.train(2000));
  small.labelled = false;
  small.spread = 0.05;
  ASSERT_TRUE(small.serve(800));
  EXPECT_FALSE(small.loop->early_warning().newest.estimate);
  EXPECT_TRUE(small.events(event_type::estimated_decay_detected).empty());
  for (const auto& event : small.events(event_type::version_registered))
    EXPECT_FALSE(event.body.contains("held_out_digest")) << "nothing is kept for it";
}

TEST(EstimateStage, a_fall_is_as_large_as_the_config_says) {
  SmallFleet small(with_estimate("{drop: 60%}"));
  ASSERT_TRUE(small.train(2000));
  small.labelled = false;
  small.spread = 0.05;
  ASSERT_TRUE(small.serve(800));
  ASSERT_TRUE(small.loop->early_warning().newest.estimate);
  EXPECT_TRUE(small.events(event_type::estimated_decay_detected).empty());
}

}  // namespace
}  // namespace perennial::lifecycle
