// Does the loop see that the champion relies on other columns?

#include <gtest/gtest.h>

#include <set>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

/// The data checks would call a dead column broken, and broken rows are no evidence of anything.
std::string config_that_watches(const std::string& retrain, const std::string& importance = {}) {
  std::string yaml = small_config(retrain);
  const std::string at = "min_rows: 200}";
  return yaml.replace(yaml.find(at), at.size(),
                      "min_rows: 200, quality: none" + (importance.empty() ? "" : ", importance: " + importance) + "}");
}

double dead(double) { return 0; }

TEST(ImportanceStage, a_column_that_dies_raises_one_alarm_that_ends_with_it) {
  SmallFleet small(config_that_watches("{window: 2000rows, cooldown: 1h}", "0.3"));
  ASSERT_TRUE(small.train(2000));
  ASSERT_TRUE(small.serve(600));
  const ImportanceReport& newest = small.loop->newest_importance();
  EXPECT_EQ(newest.verdict, Verdict::pass) << newest.why_not;
  EXPECT_EQ(newest.target, "churned");
  ASSERT_EQ(newest.columns.size(), 2U);
  EXPECT_LT(newest.shift, 0.2);
  EXPECT_TRUE(small.events(event_type::importance_drift_detected).empty());

  small.fault = dead;
  ASSERT_TRUE(small.serve_until([&] { return small.state().importance_drift.has_value(); }, 800));
  ASSERT_TRUE(small.serve(400));
  const auto raised = small.events(event_type::importance_drift_detected);
  ASSERT_EQ(raised.size(), 1U) << "one live alarm";
  const Json& body = raised[0].body;
  EXPECT_EQ(body.at("version"), "1.0.0");
  EXPECT_EQ(body.at("threshold"), 0.3);
  EXPECT_GE(body.at("shift").get<double>(), 0.3);
  EXPECT_LT(body.at("noise").get<double>(), body.at("shift").get<double>());
  EXPECT_LT(body.at("columns").at("a").at("now").get<double>(),
            body.at("columns").at("a").at("reference").get<double>());
  EXPECT_TRUE(small.state().onset) << "an alarm like the others";
  EXPECT_EQ(newest.columns[0].column == "a" ? newest.columns[0].current : newest.columns[1].current, 0)
      << "by now all rows of the window are so";
  EXPECT_EQ(small.events(event_type::job_queued).size(), 1U) << "only the first training: no policy asks";

  small.fault = nullptr;
  ASSERT_TRUE(small.serve_until([&] { return !small.state().importance_drift; }, 800));
  const auto resolved = small.events(event_type::importance_drift_resolved);
  ASSERT_EQ(resolved.size(), 1U);
  EXPECT_EQ(resolved[0].body.at("reason"), "as on the training rows again");
  std::multiset<std::string> told;
  for (const auto& alert : small.fleet->outbox("churn")->take_recorded()) told.insert(alert.kind);
  EXPECT_EQ(told.count("ImportanceDriftDetected"), 1U);
  EXPECT_EQ(told.count("ImportanceDriftResolved"), 1U);
}

TEST(ImportanceStage, nothing_is_measured_where_nobody_asks) {
  SmallFleet small(config_that_watches("{window: 2000rows, cooldown: 1h, when: [{drift: {share: 100%}}]}"));
  ASSERT_TRUE(small.train(1000));
  small.fault = dead;
  ASSERT_TRUE(small.serve(600));
  EXPECT_EQ(small.loop->newest_importance().verdict, Verdict::invalid);
  EXPECT_TRUE(small.loop->newest_importance().columns.empty());
  EXPECT_TRUE(small.events(event_type::importance_drift_detected).empty());
}

TEST(ImportanceStage, a_policy_asks_and_retrains) {
  SmallFleet small(config_that_watches("{window: 800rows, cooldown: 1h, when: [{importance: {shift: 0.3}}]}"));
  ASSERT_TRUE(small.train(1000));
  ASSERT_TRUE(small.serve(500));
  EXPECT_EQ(small.events(event_type::job_queued).size(), 1U);
  small.fault = dead;
  ASSERT_TRUE(small.serve_until([&] { return small.events(event_type::retrain_requested).size() > 1; }, 800));
  const Json body = small.events(event_type::retrain_requested).back().body;
  EXPECT_EQ(body.at("policy"), "importance");
  EXPECT_TRUE(body.at("reason").get<std::string>().starts_with("importance for churned shifted by 0."))
      << body.at("reason");
  EXPECT_EQ(body.at("threshold"), 0.3);
}

TEST(ImportanceStage, too_few_rows_are_a_reason_that_is_told_once) {
  SmallFleet small(config_that_watches("{window: 2000rows, cooldown: 1h, when: [{importance: {}}]}"));
  ASSERT_TRUE(small.train(1000));
  ASSERT_TRUE(small.serve(150));
  const auto skipped = small.events(event_type::retrain_skipped);
  ASSERT_EQ(skipped.size(), 1U);
  EXPECT_TRUE(skipped[0].body.at("reason").get<std::string>().starts_with("the shift of importance is not known"))
      << skipped[0].body.at("reason");
  EXPECT_TRUE(skipped[0].body.at("measured").is_null());
}

}  // namespace
}  // namespace perennial::lifecycle
