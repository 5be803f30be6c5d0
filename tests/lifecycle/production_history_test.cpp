#include "lifecycle/production_history.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "storage/temporary_directory.hpp"

namespace perennial::lifecycle {
namespace {

/// A journal on disk with the life of one model; every look opens it again, as a restart does.
class ProductionHistory : public testing::Test {
 protected:
  static TimePoint hour(int h) { return TimePoint(std::chrono::hours(480'000 + h)); }

  void SetUp() override { open(); }
  void open() {
    journal_.reset();
    database_.reset();
    registry_ = {};
    auto database = storage::Database::open(directory_.path() / "perennial.db", storage::Database::Mode::scratch);
    ASSERT_TRUE(database) << database.error().message();
    database_.emplace(std::move(*database));
    auto journal = storage::Journal::open(*database_);
    ASSERT_TRUE(journal) << journal.error().message();
    journal_.emplace(std::move(*journal));
    ASSERT_TRUE(journal_->read(0, [&](const Event& event) { return registry_.apply(event); }));
  }

  void write(int h, std::vector<NewEvent> events) {
    const auto stored = journal_->append(hour(h), events);
    ASSERT_TRUE(stored) << stored.error().message();
    for (const auto& event : *stored) ASSERT_TRUE(registry_.apply(event));
  }
  VersionNumber register_version(int h, std::uint32_t patch, const std::string& policy) {
    ModelVersion version;
    version.model = "churn";
    version.number = {1, 0, patch};
    version.artifact_digest = std::string(63, 'a') + static_cast<char>('0' + patch);
    version.config_hash = std::string(64, 'b');
    version.trigger = policy;
    version.changelog = "asked for by " + policy;
    const auto event = registry_.plan_register(version);
    EXPECT_TRUE(event) << event.error().message();
    if (event) write(h, {*event});
    return version.number;
  }
  void to_canary(int h, VersionNumber number) {
    const auto event =
        registry_.plan_status_change("churn", number, VersionStatus::registered, VersionStatus::canary, "");
    ASSERT_TRUE(event) << event.error().message();
    write(h, {*event});
  }
  void promote(int h, VersionNumber number, const std::string& reason, const Json& more = Json::object(),
               bool past_evidence = false) {
    auto events = registry_.plan_promote("churn", number, reason, past_evidence);
    ASSERT_TRUE(events) << events.error().message();
    events->back().body.update(more);
    write(h, std::move(*events));
  }
  void roll_back(int h, const std::string& cause, const Json& more) {
    auto events = registry_.plan_rollback("churn", std::nullopt, cause);
    ASSERT_TRUE(events) << events.error().message();
    events->back().body.update(more);
    write(h, std::move(*events));
  }
  /// 1.0.0 at hour 10; 1.0.1 by its rollout at 20; back by the live analysis at 30; 1.0.2 by a person at 40; back by a
  /// person at 50, whose order waited in the override slot.
  void live_a_life() {
    const auto first = register_version(9, 0, "initial");
    promote(10, first, "the first version: nothing serves before it");
    const auto second = register_version(15, 1, "drift");
    to_canary(16, second);
    promote(20, second, "churned: loss better by 0.01", {{"id", "r-1"}, {"action", "promote"}});
    roll_back(30, "live_analysis", {{"id", "r-1"}, {"reason", "error rate 4 % over 1 %"}});
    const auto third = register_version(35, 2, "manual");
    promote(40, third, "trust me", {{"actor", "cli"}, {"asked_because", "trust me"}}, true);
    roll_back(50, "wrong prices", {{"actor", "override.slot"}});
  }
  Json ask(std::optional<TimePoint> at, int now = 100) {
    open();
    const auto answer = production_history(registry_, *journal_, "churn", at, hour(now));
    if (!answer) {
      ADD_FAILURE() << answer.error().message();
      return Json::object();
    }
    return *answer;
  }

  test::TemporaryDirectory directory_;
  std::optional<storage::Database> database_;
  std::optional<storage::Journal> journal_;
  registry::Registry registry_;
};

TEST_F(ProductionHistory, every_instant_has_its_version_and_the_reason_why) {
  live_a_life();
  struct Row {
    const char* why;
    int hour;
    const char* version;
    int from;
    int until;
    const char* how;
    const char* who;
    const char* evidence;
  };
  const std::vector<Row> rows = {
      {"when it begins", 10, "1.0.0", 10, 20, "first", "policy", "its gates"},
      {"before the promotion", 19, "1.0.0", 10, 20, "first", "policy", "its gates"},
      {"at the promotion", 20, "1.0.1", 20, 30, "promoted", "policy", "loss better by 0.01"},
      {"after the live rollback", 35, "1.0.0", 30, 40, "rolled_back", "live_analysis", "error rate 4 % over 1 %"},
      {"past the evidence", 45, "1.0.2", 40, 50, "overridden", "operator", "past its evidence"},
      {"after a person's rollback", 60, "1.0.0", 50, -1, "rolled_back", "operator", "a person rolled back"},
  };
  for (const auto& row : rows) {
    const Json answer = ask(hour(row.hour));
    EXPECT_EQ(answer.at("version"), row.version) << row.why;
    const Json& stay = answer.at("stay");
    ASSERT_TRUE(stay.is_object()) << row.why;
    EXPECT_EQ(stay.at("from"), format_time(hour(row.from))) << row.why;
    EXPECT_EQ(stay.at("until"), row.until < 0 ? Json(nullptr) : Json(format_time(hour(row.until)))) << row.why;
    EXPECT_EQ(stay.at("how"), row.how) << row.why;
    EXPECT_EQ(stay.at("asked_by").at("who"), row.who) << row.why;
    EXPECT_NE(stay.at("evidence").get<std::string>().find(row.evidence), std::string::npos) << row.why << stay;
    EXPECT_EQ(stay.at("ended").is_null(), row.until < 0) << row.why;
    EXPECT_EQ(answer.at("in_words").get<std::string>().find(row.version), 0U) << row.why << answer.at("in_words");
  }
  const Json promoted = ask(hour(25)).at("stay");
  EXPECT_EQ(promoted.at("asked_by").at("name"), "drift");
  EXPECT_EQ(promoted.at("rollout"), "r-1");
  EXPECT_EQ(promoted.at("ended").at("how"), "rolled_back");
  EXPECT_EQ(promoted.at("ended").at("reason"), "error rate 4 % over 1 %");
  EXPECT_EQ(promoted.at("ended").at("version"), "1.0.0");
  const Json overridden = ask(hour(45)).at("stay");
  EXPECT_EQ(overridden.at("asked_by").at("name"), "cli");
  EXPECT_EQ(overridden.at("ended").at("asked_by").at("name"), "override.slot");
  EXPECT_EQ(overridden.at("ended").at("reason"), "wrong prices");
}

TEST_F(ProductionHistory, before_the_first_version_and_without_any_the_answer_is_nobody) {
  Json answer = ask(hour(5));
  EXPECT_TRUE(answer.at("version").is_null());
  EXPECT_NE(answer.at("in_words").get<std::string>().find("no version of churn has been in production yet"),
            std::string::npos);
  EXPECT_TRUE(ask(std::nullopt).at("history").empty());
  live_a_life();
  answer = ask(hour(5));
  EXPECT_TRUE(answer.at("version").is_null());
  EXPECT_TRUE(answer.at("stay").is_null());
  EXPECT_NE(answer.at("in_words").get<std::string>().find("the first one, 1.0.0, came at " + format_time(hour(10))),
            std::string::npos)
      << answer;
}

TEST_F(ProductionHistory, an_instant_ahead_is_answered_with_who_serves_now_and_says_so) {
  live_a_life();
  const Json answer = ask(hour(500));
  EXPECT_EQ(answer.at("version"), "1.0.0");
  EXPECT_NE(answer.at("in_words").get<std::string>().find("is ahead"), std::string::npos);
}

TEST_F(ProductionHistory, the_whole_list_is_newest_first_and_bounded) {
  live_a_life();
  const Json all = ask(std::nullopt);
  ASSERT_EQ(all.at("history").size(), 5U);
  EXPECT_EQ(all.at("left_off"), 0);
  std::vector<std::string> versions;
  for (const auto& stay : all.at("history")) versions.push_back(stay.at("version").get<std::string>());
  EXPECT_EQ(versions, (std::vector<std::string>{"1.0.0", "1.0.2", "1.0.0", "1.0.1", "1.0.0"}));

  const auto second = VersionNumber{1, 0, 1};
  for (int i = 0; i < static_cast<int>(stays_told); i += 2) {
    promote(60 + i, second, "again", {{"actor", "cli"}}, true);
    promote(61 + i, {1, 0, 0}, "and back", {{"actor", "cli"}}, true);
  }
  const Json newest = ask(std::nullopt, 5000);
  EXPECT_EQ(newest.at("history").size(), stays_told);
  EXPECT_EQ(newest.at("left_off"), 5);
  EXPECT_EQ(ask(hour(20), 5000).at("version"), "1.0.1") << "an older one is still found by its time";
}

}  // namespace
}  // namespace perennial::lifecycle
