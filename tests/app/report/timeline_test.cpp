#include "app/report/timeline.hpp"

#include "core/estimate_events.hpp"

#include <gtest/gtest.h>

namespace perennial::app {
namespace {

Event event_of(std::string_view type, Json body) {
  Event event;
  event.type = type;
  event.body = std::move(body);
  return event;
}

const Lane& lane(const Timeline& timeline, std::string_view name) {
  for (const auto& lane : timeline.lanes)
    if (lane.name == name) return lane;
  throw std::runtime_error("no such lane");
}

const Json report = {{"rows", 1000}, {"warmup_rows", 100}};

TEST(Timeline, rows_are_the_files_and_events_without_one_stand_with_the_event_before) {
  const std::vector<Event> events = {event_of("ReplayStarted", {{"rows", 1000}}),
                                     event_of("GateEvaluated", {{"row", 201}}),
                                     event_of("VersionRegistered", {{"version", "1.0.1"}}),
                                     event_of("Promoted", {{"row", 300}, {"version", "1.0.1"}})};
  EXPECT_EQ(timeline_of(report, events).rows, (std::vector<double>{99, 300, 300, 399}));
}

TEST(Timeline, champions_follow_each_other_and_a_rollback_brings_one_back) {
  const std::vector<Event> events = {event_of("Promoted", {{"version", "1.0.0"}}),
                                     event_of("Promoted", {{"row", 101}, {"version", "1.0.1"}}),
                                     event_of("RolledBack", {{"row", 201}, {"from", "1.0.1"}, {"to", "1.0.0"}})};
  const auto reigns = timeline_of(report, events).reigns;
  ASSERT_EQ(reigns.size(), 3U);
  EXPECT_EQ(reigns[0].from, 100);
  EXPECT_EQ(reigns[0].to, 200);
  EXPECT_EQ(reigns[1].version, "1.0.1");
  EXPECT_EQ(reigns[2].version, "1.0.0");
  EXPECT_TRUE(reigns[2].by_rollback);
  EXPECT_EQ(reigns[2].to, 999);
}

TEST(Timeline, a_column_is_marked_from_its_alarm_to_its_resolution_strongest_first) {
  const auto detail = [](const char* column, const char* test, double statistic) {
    return Json{{"column", column}, {"test", test}, {"statistic", statistic}};
  };
  const std::vector<Event> events = {
      event_of("DriftDetected", {{"row", 101}, {"columns", {"weak"}}, {"details", {detail("weak", "psi", 0.2)}}}),
      // A KS statistic beside a PSI does not count; the strong column joins the alarm.
      event_of("DriftDetected",
               {{"row", 201},
                {"columns", {"weak", "strong"}},
                {"details", {detail("strong", "psi", 2.5), detail("weak", "ks", 0.9), detail("weak", "psi", 0.21)}}}),
      event_of("DriftResolved", {{"row", 301}, {"columns", {"weak", "strong"}}})};
  const auto timeline = timeline_of(report, events);
  ASSERT_EQ(timeline.drifted.size(), 2U);
  EXPECT_EQ(timeline.drifted[0].column, "strong");
  EXPECT_EQ(timeline.drifted[0].strength, 2.5);
  EXPECT_EQ(timeline.drifted[0].stretches.at(0).from, 300);
  EXPECT_EQ(timeline.drifted[0].stretches.at(0).to, 400);
  EXPECT_EQ(timeline.drifted[1].strength, 0.21);
  ASSERT_EQ(timeline.drifted[1].stretches.size(), 1U);
  EXPECT_EQ(timeline.drifted[1].rows, 200);
  EXPECT_EQ(lane(timeline, "Drift alarm").stretches.size(), 1U);
}

TEST(Timeline, what_is_open_at_the_end_reaches_to_the_end) {
  const std::vector<Event> events = {event_of("DriftDetected", {{"row", 501}, {"columns", {"a"}}}),
                                     event_of("JobStarted", {{"row", 601}}),
                                     event_of("RolloutPlanned", {{"row", 701}, {"rollout", {{"phase", "shadow"}}}})};
  const auto timeline = timeline_of(report, events);
  EXPECT_EQ(timeline.drifted.at(0).stretches.at(0).to, 999);
  EXPECT_EQ(lane(timeline, "Training").stretches.at(0).to, 999);
  EXPECT_EQ(lane(timeline, "Rollout").stretches.at(0).css, "shadow");
}

TEST(Timeline, phases_of_a_rollout_follow_each_other) {
  const std::vector<Event> events = {event_of("RolloutPlanned", {{"row", 101}, {"rollout", {{"phase", "shadow"}}}}),
                                     event_of("RolloutAdvanced", {{"row", 201}, {"phase", "canary"}, {"weight", 0.1}}),
                                     event_of("Promoted", {{"row", 301}, {"version", "1.0.1"}, {"phase", "watch"}}),
                                     event_of("RolledBack", {{"row", 401}, {"from", "1.0.1"}, {"to", "1.0.0"}})};
  const auto timeline = timeline_of(report, events);
  const auto& stretches = lane(timeline, "Rollout").stretches;
  ASSERT_EQ(stretches.size(), 3U);
  EXPECT_EQ(stretches[0].css, "shadow");
  EXPECT_EQ(stretches[1].css, "canary");
  EXPECT_EQ(stretches[2].css, "watch");
  EXPECT_EQ(stretches[2].to, 500);
  EXPECT_EQ(lane(timeline, "Promotions").marks.size(), 2U);
}

}  // namespace
}  // namespace perennial::app
