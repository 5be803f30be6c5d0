#include "lifecycle/model_loop.hpp"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

// A skip that nobody can see is a decision that nobody can question; one per tick would bury the journal.
TEST(ModelLoop, trap_38_a_skip_is_journalled_once_per_change_of_its_reason) {
  SmallFleet small(small_config(
      "{window: 600rows, cooldown: 12h, when: [{volume: 100rows}, {decay: {metric: churned.accuracy, drop: 5%}}]}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(650));
  const auto skips = small.events(event_type::retrain_skipped);
  ASSERT_FALSE(skips.empty()) << "SKIP never reached the journal";
  std::map<std::string, int> cooling;
  std::map<std::string, std::string> last;
  for (const auto& skip : skips) {
    const std::string policy = skip.body.at("policy").get<std::string>();
    for (const char* field : {"reason", "measured", "threshold", "priority", "kind"})
      EXPECT_TRUE(skip.body.contains(field)) << field;
    EXPECT_NE(last[policy], skip.body.at("kind").get<std::string>()) << policy << " said the same twice in a row";
    last[policy] = skip.body.at("kind").get<std::string>();
    if (skip.body.at("reason").get<std::string>().find("cooldown") != std::string::npos) ++cooling[policy];
  }
  EXPECT_EQ(cooling["volume"], 1) << "thirteen ticks, one reason";
  const auto volume =
      std::find_if(skips.begin(), skips.end(), [](const Event& e) { return e.body.at("policy") == "volume"; });
  ASSERT_NE(volume, skips.end());
  EXPECT_GE(volume->body.at("measured").get<double>(), 100);
  EXPECT_EQ(volume->body.at("threshold").get<double>(), 100);
}

// Drift that is told twice, and a person beside it: one retrain, and every end reaches somebody.
// "classification" may turn out to have three classes, which a config for two does not fit: nothing is half set up.
TEST(ModelLoop, a_config_that_does_not_fit_the_data_leaves_the_model_as_it_was) {
  std::string config = small_config("{window: 600rows, cooldown: 1h}");
  const auto replace = [&](const std::string& what, const std::string& by) {
    config.replace(config.find(what), what.size(), by);
  };
  replace("churned: binary", "churned: classification");
  replace("churned.accuracy", "churned.auc");
  SmallFleet small(config);
  ASSERT_NE(small.loop, nullptr);
  Table rows;
  rows.columns = {Column{"a", ColumnKind::numeric, {1, 2}, {}, nullptr}};
  rows.times = {small.clock.now(), small.clock.now() + std::chrono::minutes(1)};
  rows.rows = 2;
  const auto refused = small.loop->configure({{"a", ColumnKind::numeric}},
                                             {{"churned", Task::multiclass, {"a", "b", "c"}}}, rows, small.clock.now());
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message().find("auc"), std::string::npos) << refused.error().message();
  EXPECT_FALSE(small.loop->configured());
  EXPECT_TRUE(small.tick()) << "and the loop turns";
  EXPECT_TRUE(small.events(event_type::model_configured).empty());
}

TEST(ModelLoop, trap_06_no_two_retrains_at_once_and_every_end_is_announced) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h, when: [{drift: {share: 30%}}, {event: upstream}]}",
                                "    gates: [{metric: churned.accuracy, vs: champion, better_by_at_least: 0.02}]\n"));
  ASSERT_TRUE(small.train(600));
  small.shift = 2;
  small.turned = true;
  std::set<std::string> outcomes;
  int asked = 0;
  for (int round = 0; round < 40 && outcomes.size() < 2; ++round) {
    ASSERT_TRUE(small.serve(50));
    if (!small.state().cycle_job.empty()) {
      ++asked;
      const auto second = small.trigger("upstream", fmt::format("e{}", round));
      ASSERT_TRUE(second) << second.error().message();
      EXPECT_FALSE(second->retrain) << "a second retrain was started beside a running one";
      EXPECT_NE(second->reason.find("coalesced"), std::string::npos) << second->reason;
    }
    for (const auto& end : small.events(event_type::cycle_ended))
      outcomes.insert(end.body.at("outcome").get<std::string>());
  }
  int open = 0;
  for (const auto& event : small.events()) {
    if (event.type == event_type::job_queued) ++open;
    if (event.type == event_type::cycle_ended) --open;
    EXPECT_TRUE(open == 0 || open == 1) << open << " retrains at once at event " << event.seq;
  }
  std::set<std::uint64_t> told;
  for (const auto& alert : small.fleet->outbox("churn")->take_recorded()) told.insert(alert.event_seq);
  for (const auto& end : small.events(event_type::cycle_ended))
    EXPECT_TRUE(told.contains(end.seq)) << "nobody was told: " << to_text(end.body);
  EXPECT_GT(asked, 0) << "no retrain ran while somebody asked for a second one: this test has shown nothing";
  EXPECT_EQ(outcomes.size(), 2u) << "the first version's cycle and one retrain's";
}

struct EndRow {
  const char* why;
  std::string retrain;
  std::string more;
  std::string outcome;
};

TEST(ModelLoop, trap_06_promoted_kept_rejected_and_failed_are_announced_alike) {
  const std::vector<EndRow> rows = {
      {"promoted", "{window: 600rows, cooldown: 1h}", "", "promoted"},
      {"kept: the gate against the champion says no", "{window: 600rows, cooldown: 1h}",
       "    gates: [{metric: churned.accuracy, vs: champion, better_by_at_least: 0.5}]\n", "kept_champion"},
      {"failed: too few rows to train on", "{window: 50rows, cooldown: 1h}", "", "failed"},
  };
  for (const auto& row : rows) {
    SmallFleet small(small_config(row.retrain, row.more));
    // The window of the config holds for retrains and for the first version alike, so the failing case starts wider.
    if (row.outcome == "failed") {
      EXPECT_FALSE(small.train(600)) << row.why;
    } else {
      ASSERT_TRUE(small.train(600)) << row.why;
      ASSERT_TRUE(small.serve(300));
      ASSERT_TRUE(small.trigger("manual", "t")->retrain);
      ASSERT_TRUE(small.serve_until([&] { return small.fleet->state().count("CycleEnded") >= 2; })) << row.why;
    }
    const auto ends = small.events(event_type::cycle_ended);
    ASSERT_FALSE(ends.empty()) << row.why;
    EXPECT_EQ(ends.back().body.at("outcome"), row.outcome) << to_text(ends.back().body);
    EXPECT_FALSE(ends.back().body.at("reason").get<std::string>().empty()) << row.why;
    bool told = false;
    for (const auto& alert : small.fleet->outbox("churn")->take_recorded())
      told |= alert.event_seq == ends.back().seq && !alert.title.empty();
    EXPECT_TRUE(told) << row.why << ": nobody was told";
  }
}

TEST(ModelLoop, every_metric_that_a_rule_may_name_is_watched) {
  const std::vector<Target> targets = {{"y", Task::binary, {"no", "yes"}}, {"z", Task::multiclass, {"a", "b", "c"}}};
  const auto watched = monitored_metrics(targets);
  for (const char* metric :
       {"y.recall", "y.precision", "y.auc", "y.accuracy", "y.false_positive_rate", "z.recall", "z.precision", "z.f1"})
    EXPECT_NE(std::find(watched.begin(), watched.end(), metric), watched.end()) << metric << " could never fire";
}

TEST(ModelLoop, a_command_id_is_decided_once) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(200));
  const auto first = small.trigger("manual", "same");
  const auto again = small.trigger("manual", "same");
  ASSERT_TRUE(first && again);
  EXPECT_TRUE(first->retrain);
  EXPECT_EQ(again->job_id, first->job_id);
  EXPECT_EQ(small.events(event_type::job_queued).size(), 2U) << "the first version's and one more";
}

}  // namespace
}  // namespace perennial::lifecycle
