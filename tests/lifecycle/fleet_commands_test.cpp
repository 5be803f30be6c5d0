// What a person's commands do when something is in their way.

#include <gtest/gtest.h>

#include "lifecycle/small_fleet.hpp"

namespace perennial::lifecycle {
namespace {

api::CommandContext by_hand(const std::string& id = {}) {
  return {id.empty() ? std::nullopt : std::optional(id), "test", "asked for"};
}

/// 1.0.0, and `more` versions that were promoted past their evidence one after the other. One archived version stays
/// loaded.
void make_versions(SmallFleet& small, int more) {
  ASSERT_TRUE(small.train(600));
  for (int patch = 1; patch <= more; ++patch) {
    const std::string version = fmt::format("1.0.{}", patch);
    ASSERT_TRUE(small.serve(100));
    ASSERT_TRUE(small.trigger("manual", version)->retrain);
    const VersionNumber number = parse_version(version).value();
    ASSERT_TRUE(small.serve_until([&] { return small.fleet->state().registry().find("churn", number) != nullptr; }));
    ASSERT_TRUE(small.fleet->promote("churn", version, true, by_hand(), small.clock.now()));
    ASSERT_TRUE(small.tick());
  }
}

std::string keeping_one() {
  std::string config = small_config("{window: 600rows, cooldown: 1h}");
  config.replace(config.find("      watch: 200rows\n"), 0, "      keep: 1\n");
  return config;
}

std::string champion(const SmallFleet& small) {
  return small.fleet->state().registry().champion("churn")->number.text();
}

TEST(FleetCommands, a_version_that_cannot_be_loaded_never_becomes_the_champion) {
  SmallFleet small(keeping_one());
  make_versions(small, 3);
  ASSERT_FALSE(HasFatalFailure());
  const std::string damaged = small.fleet->state().registry().find("churn", {1, 0, 0})->artifact_digest;
  ASSERT_TRUE(small.fleet->blobs().remove(damaged));
  const auto before = small.fleet->state().events();
  const auto back = small.fleet->rollback("churn", "1.0.0", by_hand(), small.clock.now());
  ASSERT_FALSE(back);
  EXPECT_NE(back.error().message().find("1.0.0"), std::string::npos) << back.error().message();
  EXPECT_FALSE(small.fleet->promote("churn", "1.0.0", true, by_hand(), small.clock.now()));
  EXPECT_EQ(small.fleet->state().events(), before) << "nothing was journalled that cannot be kept";
  EXPECT_EQ(champion(small), "1.0.3");
  EXPECT_TRUE(small.fleet->trouble().empty());
  EXPECT_TRUE(small.serve(100)) << "and it serves on";
  ASSERT_TRUE(small.fleet->rollback("churn", std::nullopt, by_hand(), small.clock.now()));
  EXPECT_EQ(champion(small), "1.0.2");
}

TEST(FleetCommands, a_quarantined_version_that_a_person_brings_back_is_watched_for_drift) {
  SmallFleet small(keeping_one());
  make_versions(small, 1);
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(small.serve(400));
  ASSERT_TRUE(small.fleet->rollback("churn", std::nullopt, by_hand(), small.clock.now()));
  ASSERT_TRUE(small.serve(100));
  ASSERT_TRUE(small.fleet->promote("churn", "1.0.1", true, by_hand(), small.clock.now()));
  ASSERT_TRUE(small.serve(400));
  small.shift = 3;
  EXPECT_TRUE(small.serve_until([&] { return !small.events(event_type::drift_detected).empty(); }, 1500));
}

TEST(FleetCommands, reference_rows_that_cannot_be_read_are_told_once_and_stop_nobody) {
  SmallFleet small(keeping_one());
  make_versions(small, 1);
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_TRUE(small.serve(400));
  ASSERT_TRUE(small.fleet->blobs().remove(small.state().references.at("1.0.0")));
  ASSERT_TRUE(small.fleet->rollback("churn", std::nullopt, by_hand(), small.clock.now()));
  ASSERT_TRUE(small.serve(300));
  int told = 0;
  for (const auto& event : small.events(event_type::warning_raised))
    told += event.body.value("what", "") == "the reference rows cannot be read" ? 1 : 0;
  EXPECT_EQ(told, 1);
  EXPECT_EQ(champion(small), "1.0.0");
}

TEST(FleetCommands, a_promotion_that_lets_a_held_back_version_go_is_answered_again) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  ASSERT_TRUE(small.serve(100));
  ASSERT_TRUE(small.fleet->pin("churn", "1.0.0", false, by_hand(), small.clock.now()));
  ASSERT_TRUE(small.trigger("manual", "t")->retrain);
  ASSERT_TRUE(small.serve_until([&] { return small.state().held_back_version == "1.0.1"; }));
  const auto first = small.fleet->promote("churn", "1.0.1", false, by_hand("once"), small.clock.now());
  ASSERT_TRUE(first) << first.error().message();
  const auto events = small.fleet->state().events();
  const auto again = small.fleet->promote("churn", "1.0.1", false, by_hand("once"), small.clock.now());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(again->at("version"), "1.0.1");
  EXPECT_EQ(small.fleet->state().events(), events);
  const auto other = small.trigger("manual", "once");
  ASSERT_FALSE(other) << "an id that was used for something else is no decision";
  EXPECT_EQ(other.error().code, ErrorCode::conflict);
}

TEST(FleetCommands, what_the_journal_does_not_have_is_told_all_the_same) {
  SmallFleet small(small_config("{window: 600rows, cooldown: 1h}"));
  ASSERT_TRUE(small.train(600));
  Event event;
  event.at = small.clock.now();
  event.type = "NotJournalled";
  small.loop->alert(event, "old artifacts could not be removed", "the disk is slow");
  small.loop->alert(event, "a rollback could not be stored", "the disk is full");
  ASSERT_TRUE(small.tick());
  std::string titles;
  for (const auto& alert : small.fleet->outbox("churn")->take_recorded()) titles += alert.title + "\n";
  EXPECT_NE(titles.find("old artifacts could not be removed"), std::string::npos) << titles;
  EXPECT_NE(titles.find("a rollback could not be stored"), std::string::npos) << titles;
}

}  // namespace
}  // namespace perennial::lifecycle
