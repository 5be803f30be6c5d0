#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "lifecycle/desk.hpp"
#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

const DecayReport* report_of(const ModelLoop& loop, const std::string& metric) {
  const auto& reports = loop.newest_decay();
  const auto found = std::ranges::find(reports, metric, &DecayReport::metric);
  return found == reports.end() ? nullptr : &*found;
}

const Json* version_of(const Json& performance, const std::string& version) {
  for (const auto& entry : performance.at("versions"))
    if (entry.at("version") == version) return &entry;
  return nullptr;
}

// "yes" is known at once, "no" after 3000 rows, as with frauds and good payments. Until then all labelled rows are
// "yes", of which the model finds half; its holdout had all labels, and an accuracy of 95 %.
TEST(Performance, labels_that_come_first_are_not_compared_with_a_mature_baseline) {
  SmallFleet small(
      small_config("{window: 600rows, cooldown: 90d, when: [{decay: {metric: churned.accuracy, drop: 5%}}]}"));
  small.rarity = 2;
  small.slow_no = 3000;
  ASSERT_TRUE(small.train(1500));
  ASSERT_TRUE(small.serve(2500));
  const auto* early = report_of(*small.loop, "churned.accuracy");
  ASSERT_NE(early, nullptr);
  EXPECT_GE(early->current_rows, 100u) << "too few labels: this test shows nothing";
  EXPECT_LT(early->current, 0.8) << "what the fast labels say by themselves";
  EXPECT_EQ(early->verdict, Verdict::invalid);
  EXPECT_FALSE(small.loop->newest_labels().comparable);
  EXPECT_TRUE(small.events(event_type::decay_detected).empty()) << "a decay that is none";
  EXPECT_EQ(small.events(event_type::retrain_requested).size(), 1u) << "the first training only";
  Desk desk(*small.fleet, small.clock);
  EXPECT_FALSE(desk.status().at("models")[0].at("labels_comparable").get<bool>());
  EXPECT_FALSE(desk.performance("churn")->at("labels").at("reason").get<std::string>().empty());

  // Later both kinds are there: judged on the rows that are old enough, and found good.
  ASSERT_TRUE(small.serve(2500));
  const auto* mature = report_of(*small.loop, "churned.accuracy");
  ASSERT_NE(mature, nullptr);
  EXPECT_TRUE(small.loop->newest_labels().comparable) << small.loop->newest_labels().reason;
  EXPECT_GE(small.loop->newest_labels().age, std::chrono::minutes(2900));
  EXPECT_EQ(mature->verdict, Verdict::pass) << mature->current << " of " << mature->baseline;
  EXPECT_TRUE(small.events(event_type::decay_detected).empty());

  // And a real decay is still found, once its labels are there.
  small.turned = true;
  EXPECT_TRUE(small.serve_until([&] { return !small.events(event_type::decay_detected).empty(); }, 6000));
}

TEST(Performance, windows_have_value_error_and_rows_and_agree_with_what_was_served) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 90d}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(2000));
  Desk desk(*small.fleet, small.clock);
  const auto performance = desk.performance("churn");
  ASSERT_TRUE(performance) << performance.error().message();
  EXPECT_EQ(performance->at("champion"), "1.0.0");
  const Json* champion = version_of(*performance, "1.0.0");
  ASSERT_NE(champion, nullptr);
  const std::vector<std::pair<const char*, std::uint64_t>> windows = {
      {"1h", 60}, {"24h", 1440}, {"7d", 2000}, {"life", 2000}};
  for (const auto& [window, rows] : windows) {
    const Json& found = champion->at("windows").at(window);
    EXPECT_EQ(found.at("rows"), rows) << window;
    EXPECT_EQ(found.at("one_in"), 1) << window;
    for (const char* metric : {"accuracy", "precision", "recall", "f1", "auc", "log_loss", "false_positive_rate"}) {
      const Json& estimate = found.at("metrics").at(std::string("churned.") + metric);
      EXPECT_GT(estimate.at("standard_error").get<double>(), 0) << window << " " << metric;
      EXPECT_EQ(estimate.at("n"), rows) << window << " " << metric;
    }
    const Json& accuracy = found.at("metrics").at("churned.accuracy");
    EXPECT_GT(accuracy.at("value").get<double>(), 0.8) << window;
  }
  EXPECT_EQ(performance->at("labels").at("comparable"), true);
  EXPECT_EQ(performance->at("labels").at("coverage"), 1.0);

  const Json row = desk.status().at("models")[0];
  EXPECT_EQ(row.at("windows").at("24h").at("n"), 1440);
  const std::string page = desk.metrics();
  for (const char* series :
       {"perennial_window_metric{model=\"churn\",version=\"1.0.0\",window=\"24h\",metric=\"churned.recall\"}",
        "perennial_window_metric_error{model=\"churn\",version=\"1.0.0\",window=\"7d\",metric=\"churned.auc\"}",
        "perennial_label_coverage{model=\"churn\"} 1", "perennial_alerts_total{model=\"churn\",outcome=\"refused\"} 0"})
    EXPECT_NE(page.find(series), std::string::npos) << series;
  EXPECT_FALSE(desk.performance("chrun"));
}

// Labels that come two days late: a day's value is first none, then the one that is told from then on.
TEST(Performance, values_are_restated_when_labels_arrive_late) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 90d}"));
  ASSERT_TRUE(small.train(600));
  small.slow_no = 2000;
  ASSERT_TRUE(small.serve(5000));
  Desk desk(*small.fleet, small.clock);
  const auto performance = desk.performance("churn");
  ASSERT_TRUE(performance);
  ASSERT_FALSE(performance->at("restated").empty());
  int restated = 0;
  for (const auto& day : performance->at("restated")) {
    for (const char* field : {"from", "until", "first", "now", "labels_added"})
      EXPECT_TRUE(day.contains(field)) << field;
    if (!day.at("restated").get<bool>()) continue;
    ++restated;
    EXPECT_GT(day.at("labels_added").get<int>(), 100);
    ASSERT_TRUE(day.at("now").is_object());
    if (day.at("first").is_object()) {
      EXPECT_LT(day.at("first").at("n").get<int>(), day.at("now").at("n").get<int>());
    }
  }
  EXPECT_GE(restated, 1);
}

TEST(Performance, a_metric_of_the_models_own_is_measured_judged_and_gated) {
  SmallFleet small(
      small_config("{window: 600rows, cooldown: 1h, when: [{floor: {metric: churned.profit, below: 20, for: 3}}]}",
                   "    metrics: {profit: {expression: \"tp*120 - fp*8 - fn*60\"}}\n"
                   "    gates: [{metric: churned.profit, min: 1}, {metric: churned.profit, vs: champion, "
                   "worse_by_at_most: 50%}]\n"));
  ASSERT_NE(small.loop, nullptr);
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(500));
  EXPECT_TRUE(small.events(event_type::gate_evaluated).front().body.at("estimates").contains("churned.profit"));
  const auto* report = report_of(*small.loop, "churned.profit");
  ASSERT_NE(report, nullptr);
  EXPECT_GT(report->baseline, 20);
  EXPECT_EQ(report->verdict, Verdict::pass);
  EXPECT_EQ(small.events(event_type::retrain_requested).size(), 1u);
  small.turned = true;
  ASSERT_TRUE(small.serve_until([&] { return small.events(event_type::retrain_requested).size() >= 2; }, 2000))
      << "the floor never fired";
  const Event asked = small.events(event_type::retrain_requested).back();
  EXPECT_EQ(asked.body.at("policy"), "floor");
  EXPECT_NE(asked.body.at("reason").get<std::string>().find("for 3 of 3 evaluations"), std::string::npos)
      << asked.body.at("reason");
}

TEST(Performance, the_primary_may_be_a_metric_of_the_models_own_and_recall_may_be_watched) {
  std::string yaml =
      small_config("{window: 600rows, cooldown: 1h, when: [{decay: {metric: churned.recall, drop: 5%}}]}",
                   "    metrics: {cost: {target: churned, expression: \"fp + 10*fn\", better: lower}}\n");
  const auto at = yaml.find("primary: churned.accuracy");
  yaml.replace(at, std::string("primary: churned.accuracy").size(), "primary: churned.cost");
  SmallFleet small(yaml);
  ASSERT_NE(small.loop, nullptr);
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(500));
  EXPECT_EQ(small.loop->config().primary, "churned.cost");
  EXPECT_TRUE(small.events(event_type::decay_detected).empty());
  small.turned = true;
  ASSERT_TRUE(small.serve_until([&] { return !small.events(event_type::decay_detected).empty(); }, 2000));
  const Event decayed = small.events(event_type::decay_detected).front();
  EXPECT_EQ(decayed.body.at("metric"), "churned.cost");
  EXPECT_GT(decayed.body.at("decay").get<double>(), 0) << "a cost that rises is a decay";
  EXPECT_EQ(decayed.body.at("priority"), 5);
  ASSERT_TRUE(small.serve_until([&] { return small.events(event_type::retrain_requested).size() >= 2; }, 2000));
  EXPECT_NE(
      small.events(event_type::retrain_requested).back().body.at("reason").get<std::string>().find("churned.recall"),
      std::string::npos);
  // The retrain's record says how fast the champion lost.
  ASSERT_TRUE(small.serve_until([&] { return small.events(event_type::cycle_ended).size() >= 2; }, 4000));
  const Json times = small.events(event_type::cycle_ended).back().body.at("times");
  ASSERT_TRUE(times.at("decay_per_week").is_number()) << times.dump();
  EXPECT_GT(times.at("decay_per_week").get<double>(), 0);
  EXPECT_GT(times.at("decay_per_week_error").get<double>(), 0);
}

TEST(Performance, a_policy_that_waits_for_a_metric_that_nobody_measures_is_refused) {
  const auto refused = parse_fleet(
      small_config("{window: 600rows, when: [{floor: {metric: churned.recal, below: 0.5}}]}"), "small.yaml");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("churned.recall"), std::string::npos) << refused.error().message();
}

}  // namespace
}  // namespace perennial::lifecycle
