#include "lifecycle/desk.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <set>
#include <sstream>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

/// One fleet for all tests of this file: two versions, a rollout in its watch.
class DeskTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    small_ = new SmallFleet(small_config("{window: 600rows, cooldown: 1h}"));
    ASSERT_TRUE(small_->train(600));
    ASSERT_TRUE(small_->serve(300));
    ASSERT_TRUE(small_->trigger("manual", "t")->retrain);
    ASSERT_TRUE(small_->serve_until([] { return small_->fleet->state().count("Promoted") >= 2; }));
    desk_ = new Desk(*small_->fleet, small_->clock);
  }
  static void TearDownTestSuite() {
    delete desk_;
    delete small_;
  }
  static inline SmallFleet* small_ = nullptr;
  static inline Desk* desk_ = nullptr;
};

TEST_F(DeskTest, show_has_every_field_of_a_version) {
  const auto shown = desk_->show("churn", "1.0.1");
  ASSERT_TRUE(shown) << shown.error().message();
  for (const char* field : {"model",
                            "version",
                            "status",
                            "run_id",
                            "data_version",
                            "data_digest",
                            "config_hash",
                            "config_hash_short",
                            "artifact_digest",
                            "artifact_bytes",
                            "signature",
                            "metrics",
                            "champion_metrics",
                            "holdout_digest",
                            "parent",
                            "changelog",
                            "trigger",
                            "strategy",
                            "training_date",
                            "registered_at",
                            "deployed_at",
                            "train_from",
                            "train_to",
                            "train_rows",
                            "validation_rows",
                            "holdout_rows",
                            "quarantine_cause",
                            "deployments"})
    EXPECT_TRUE(shown->contains(field)) << field;
  EXPECT_EQ(shown->at("parent"), "1.0.0");
  const Json importance = shown->at("importance").at("churned");
  EXPECT_GT(importance.at("a").get<double>(), importance.at("b").get<double>()) << "the truth is a + b/2";
  const double shift = shown->at("importance_shift").at("churned").get<double>();
  EXPECT_GT(shift, 0);
  EXPECT_LT(shift, 0.3) << "the same truth, other rows";
  EXPECT_TRUE(desk_->show("churn", "1.0.0")->at("importance_shift").empty()) << "it has no parent";
  EXPECT_EQ(shown->at("trigger"), "manual");
  EXPECT_EQ(shown->at("config_hash").get<std::string>().size(), 64U);
  EXPECT_EQ(shown->at("config_hash_short"), shown->at("config_hash").get<std::string>().substr(0, 8));
  EXPECT_EQ(shown->at("data_version").get<std::string>().size(), 10U);
  EXPECT_TRUE(shown->at("metrics").contains("churned.accuracy"));
  EXPECT_TRUE(shown->at("champion_metrics").contains("churned.accuracy"));
  EXPECT_GT(shown->at("train_rows").get<int>(), 100);
  EXPECT_GT(shown->at("holdout_rows").get<int>(), 0);
  ASSERT_EQ(shown->at("deployments").size(), 1U);
  EXPECT_TRUE(shown->at("deployments")[0].at("until").is_null());
}

struct MissingRow {
  const char* why;
  const char* model;
  const char* version;
  ErrorCode code;
};

TEST_F(DeskTest, show_refuses_what_is_not_there) {
  const std::vector<MissingRow> rows = {
      {"no such model", "chrun", "1.0.0", ErrorCode::not_found},
      {"no such version", "churn", "9.0.0", ErrorCode::not_found},
      {"not a version", "churn", "newest", ErrorCode::invalid},
  };
  for (const auto& row : rows) {
    const auto shown = desk_->show(row.model, row.version);
    ASSERT_FALSE(shown) << row.why;
    EXPECT_EQ(shown.error().code, row.code) << row.why << ": " << shown.error().message();
  }
}

TEST_F(DeskTest, versions_come_newest_first) {
  const auto versions = desk_->versions("churn");
  ASSERT_TRUE(versions);
  ASSERT_EQ(versions->size(), 2U);
  EXPECT_EQ((*versions)[0].at("version"), "1.0.1");
  EXPECT_EQ((*versions)[0].at("status"), "production");
  EXPECT_EQ((*versions)[1].at("status"), "archived");
}

TEST_F(DeskTest, status_says_who_serves_and_how_well) {
  const Json status = desk_->status();
  const Json& row = status.at("models").at(0);
  EXPECT_EQ(row.at("champion"), "1.0.1");
  EXPECT_TRUE(row.at("challenger").is_null()) << "promoted: there is none on its way";
  EXPECT_EQ(row.at("rollout").at("phase"), "watch");
  EXPECT_TRUE(row.at("rollout").contains("evidence"));
  EXPECT_EQ(row.at("primary"), "churned.accuracy");
  EXPECT_EQ(row.at("predictions"), row.at("labels").get<int>() - 600) << "history counts as labelled, not as predicted";
  EXPECT_EQ(row.at("pending_labels"), 0);
  EXPECT_EQ(status.at("trouble"), "");
}

TEST_F(DeskTest, jobs_tell_their_whole_story) {
  const auto jobs = desk_->jobs("churn");
  ASSERT_TRUE(jobs);
  ASSERT_EQ(jobs->size(), 2U);
  for (const auto& job : *jobs)
    for (const char* field :
         {"id", "strategy", "model", "trigger", "reason", "priority", "created_at", "status", "result"})
      EXPECT_TRUE(job.contains(field)) << field << " of " << to_text(job);
  EXPECT_FALSE(desk_->jobs("nobody"));
  EXPECT_TRUE(desk_->job_stats());
}

TEST_F(DeskTest, drift_and_rollout_show_their_evidence) {
  const auto drift = desk_->drift("churn");
  ASSERT_TRUE(drift);
  EXPECT_FALSE(drift->at("report").is_null());
  EXPECT_FALSE(drift->at("decay").empty());
  const auto rollout = desk_->rollout("churn");
  ASSERT_TRUE(rollout);
  EXPECT_TRUE(rollout->contains("plan"));
  EXPECT_TRUE(rollout->at("evidence").contains("champion"));
  EXPECT_FALSE(desk_->drift("nobody"));
  EXPECT_FALSE(desk_->rollout("nobody"));
}

TEST_F(DeskTest, events_are_paged_in_order) {
  const auto first = desk_->events(0, 3, "churn");
  ASSERT_EQ(first.size(), 3U);
  const auto next = desk_->events(first.back().seq, 2, "churn");
  ASSERT_EQ(next.size(), 2U);
  EXPECT_EQ(next.front().seq, first.back().seq + 1);
}

TEST_F(DeskTest, ready_once_every_model_has_a_version) {
  std::string why;
  EXPECT_TRUE(desk_->ready(why)) << why;
  SmallFleet empty(small_config("{}"));
  Desk desk(*empty.fleet, empty.clock);
  EXPECT_FALSE(desk.ready(why));
  EXPECT_NE(why.find("churn"), std::string::npos);
  desk_->draining();
}

TEST_F(DeskTest, alive_as_long_as_the_loop_turns) {
  VirtualClock clock{small_->clock.now()};
  Desk desk(*small_->fleet, clock);
  clock.advance_to(clock.now() + 10 * most_silent);
  EXPECT_TRUE(desk.alive()) << "a long history may be read before the first turn";
  desk.ticked(clock.now());
  clock.advance_to(clock.now() + most_silent - Duration(1));
  EXPECT_TRUE(desk.alive());
  clock.advance_to(clock.now() + Duration(1));
  EXPECT_FALSE(desk.alive());
  desk.ticked(clock.now());
  EXPECT_TRUE(desk.alive());
}

TEST_F(DeskTest, the_catalog_names_every_family) {
  const Json catalog = desk_->catalog();
  for (const char* family :
       {"detectors", "streams", "policies", "gates", "strategies", "learners", "metrics", "channels"}) {
    ASSERT_TRUE(catalog.contains(family)) << family;
    EXPECT_FALSE(catalog.at(family).empty()) << family;
  }
}

/// Text exposition format 0.0.4: each family announced once, then its samples, each with a value that is a number.
TEST_F(DeskTest, the_metrics_page_parses) {
  const std::string page = desk_->metrics();
  ASSERT_TRUE(page.ends_with('\n'));
  std::set<std::string> families;
  std::set<std::string> samples;
  std::string family;
  std::istringstream in(page);
  for (std::string line; std::getline(in, line);) {
    ASSERT_FALSE(line.empty());
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << family << " is announced twice";
      continue;
    }
    if (line.starts_with("# TYPE ")) {
      std::istringstream words(line.substr(7));
      std::string name, type;
      words >> name >> type;
      EXPECT_EQ(name, family);
      EXPECT_TRUE(type == "counter" || type == "gauge") << type;
      EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
      continue;
    }
    const auto space = line.rfind(' ');
    const std::string series = line.substr(0, space);
    EXPECT_EQ(series.substr(0, series.find('{')), family) << line;
    EXPECT_TRUE(samples.insert(series).second) << series << " is there twice";
    char* end = nullptr;
    const std::string number = line.substr(space + 1);
    std::strtod(number.c_str(), &end);
    EXPECT_EQ(*end, '\0') << line;
    if (series.find('{') != std::string::npos) {
      EXPECT_EQ(std::count(series.begin(), series.end(), '"') % 2, 0) << line;
      EXPECT_TRUE(series.ends_with('}')) << line;
    }
  }
  EXPECT_TRUE(families.contains("perennial_requests_total"));
  EXPECT_TRUE(samples.contains("perennial_requests_total{model=\"churn\",arm=\"champion\"}")) << page;
}

}  // namespace
}  // namespace perennial::lifecycle
