#include "app/replay/report.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace perennial::app {
namespace {

Event event(std::uint64_t seq, std::string_view type, Json body) {
  Event e;
  e.seq = seq;
  e.at = TimePoint(std::chrono::seconds(seq));
  e.model = "m";
  e.type = std::string(type);
  e.body = std::move(body);
  return e;
}

ReportInputs inputs() {
  ReportInputs in;
  in.model = "m";
  in.rows = 1000;
  in.warmup_rows = 500;
  in.scored_rows = 500;
  in.seed = 42;
  in.metric = "y.rmse";
  in.higher_is_better = false;
  in.score = 1.5;
  in.never_retrain = 2.5;
  in.no_change = std::numeric_limits<double>::quiet_NaN();
  return in;
}

TEST(ReplayReport, has_the_fields_of_the_contract) {
  const Json report = replay_report(inputs(), std::vector<Event>{}, {});
  const std::vector<std::pair<const char*, Json::value_t>> fields = {
      {"model", Json::value_t::string},
      {"rows", Json::value_t::number_unsigned},
      {"warmup_rows", Json::value_t::number_unsigned},
      {"scored_rows", Json::value_t::number_unsigned},
      {"seed", Json::value_t::number_unsigned},
      {"metric", Json::value_t::string},
      {"higher_is_better", Json::value_t::boolean},
      {"score", Json::value_t::number_float},
      {"baselines", Json::value_t::object},
      {"train_cpu_s", Json::value_t::number_float},
      {"wall_s", Json::value_t::number_float},
      {"timeline", Json::value_t::array},
      {"versions", Json::value_t::array},
  };
  for (const auto& [name, type] : fields) {
    ASSERT_TRUE(report.contains(name)) << name;
    EXPECT_EQ(report.at(name).type(), type) << name;
  }
  for (const char* count : {"retrains", "promotions", "rollbacks"})
    EXPECT_TRUE(report.at(count).is_number_integer()) << count;
  EXPECT_EQ(report.at("baselines").at("never_retrain"), 2.5);
  const Json back = parse_json(to_text(report)).value();
  EXPECT_TRUE(back.at("baselines").at("no_change").is_null()) << "not known is null, never a number";
}

TEST(ReplayReport, the_first_version_is_no_retrain_and_no_promotion) {
  const std::vector<Event> events = {
      event(1, event_type::job_started, {{"job", "a"}, {"row", 0}}),
      event(2, event_type::promoted, {{"version", "1.0.0"}, {"row", 0}}),
      event(3, event_type::job_started, {{"job", "b"}, {"row", 100}}),
      event(4, event_type::promoted, {{"version", "1.0.1"}, {"row", 200}}),
      event(5, event_type::rolled_back, {{"from", "1.0.1"}, {"to", "1.0.0"}, {"row", 300}}),
      event(6, event_type::cycle_ended, {{"outcome", "rolled_back"}, {"version", "1.0.2"}, {"row", 400}}),
  };
  const Json report = replay_report(inputs(), events, {});
  EXPECT_EQ(report.at("retrains"), 1);
  EXPECT_EQ(report.at("promotions"), 1);
  EXPECT_EQ(report.at("rollbacks"), 2) << "after the promotion and before it";
  const Json& timeline = report.at("timeline");
  ASSERT_EQ(timeline.size(), events.size());
  for (const auto& entry : timeline)
    for (const char* field : {"row", "at", "event", "version", "detail"}) EXPECT_TRUE(entry.contains(field)) << field;
  EXPECT_EQ(timeline[0].at("row"), 499) << "0-based row of the file: the last of the warm-up";
  EXPECT_TRUE(timeline[0].at("version").is_null());
  EXPECT_EQ(timeline[3].at("row"), 699);
  EXPECT_EQ(timeline[3].at("version"), "1.0.1");
  EXPECT_EQ(timeline[4].at("version"), "1.0.0") << "of a rollback: the one that serves now";
}

TEST(ReplayReport, without_any_event_counts_do_not_fall_below_nothing) {
  const Json report = replay_report(inputs(), std::vector<Event>{}, {});
  EXPECT_EQ(report.at("retrains"), 0);
  EXPECT_EQ(report.at("promotions"), 0);
}

}  // namespace
}  // namespace perennial::app
