#include "lifecycle/evidence/quarantine.hpp"

#include <gtest/gtest.h>

namespace perennial::lifecycle {
namespace {

const TimePoint noon = *parse_time("2026-03-01T12:00:00Z");

Event event(std::string_view type, Json body) {
  Event one;
  one.at = noon + std::chrono::hours(9);
  one.model = "m";
  one.type = type;
  one.body = std::move(body);
  return one;
}

Event quarantined(int minute, const std::string& column) {
  return event(event_type::data_quarantined, {{"column", column},
                                              {"columns", {column}},
                                              {"from_row", 100 + minute},
                                              {"from_at", format_time(noon + std::chrono::minutes(minute))},
                                              {"findings", {{{"check", "unit"}, {"column", column}}}}});
}
Event released(int minute, bool accepted = false) {
  return event(
      event_type::data_released,
      {{"to_row", 100 + minute}, {"to_at", format_time(noon + std::chrono::minutes(minute))}, {"accepted", accepted}});
}

TEST(Quarantines, last_until_they_are_released) {
  Quarantines folded;
  EXPECT_TRUE(folded.reason().empty());
  folded.apply(quarantined(5, "age"));
  EXPECT_EQ(folded.reason(), "data bug in column age since 2026-03-01T12:05:00Z");
  EXPECT_TRUE(folded.held().contains({"unit", "age"}));
  EXPECT_FALSE(folded.contains(noon + std::chrono::minutes(4)));
  EXPECT_TRUE(folded.contains(noon + std::chrono::minutes(5)));
  EXPECT_TRUE(folded.contains(noon + std::chrono::hours(50))) << "without an end everything after it is in doubt";
  folded.apply(released(30));
  EXPECT_TRUE(folded.reason().empty());
  EXPECT_EQ(folded.open(), nullptr);
  EXPECT_TRUE(folded.held().empty());
  EXPECT_TRUE(folded.contains(noon + std::chrono::minutes(29)));
  EXPECT_FALSE(folded.contains(noon + std::chrono::minutes(30)));
  EXPECT_EQ(folded.good_from(), 130U);
  folded.apply(released(40));  // nothing is open: no effect
  EXPECT_EQ(folded.good_from(), 130U);
}

TEST(Quarantines, an_update_is_the_same_alarm) {
  Quarantines folded;
  folded.apply(quarantined(5, "age"));
  Event more = quarantined(5, "age");
  more.body["columns"] = {"age", "income"};
  more.body["findings"].push_back({{"check", "nulls"}, {"column", "income"}});
  folded.apply(more);
  EXPECT_EQ(folded.all().size(), 1U);
  EXPECT_EQ(folded.open()->columns.size(), 2U);
  EXPECT_EQ(folded.held().size(), 2U);
}

TEST(Quarantines, what_a_person_accepts_is_data_again) {
  Quarantines folded;
  folded.apply(quarantined(5, "age"));
  folded.apply(released(30, true));
  EXPECT_TRUE(folded.all().empty());
  EXPECT_TRUE(folded.accepted().contains({"unit", "age"}));
  folded.apply(event(event_type::promoted, {{"version", "1.0.1"}}));
  EXPECT_TRUE(folded.accepted().empty()) << "the next champion has its own idea of what is usual";
}

TEST(Quarantines, are_bounded) {
  Quarantines folded;
  for (int i = 0; i < static_cast<int>(quarantines_remembered) + 10; ++i) {
    folded.apply(quarantined(10 * i, "age"));
    folded.apply(released(10 * i + 5));
  }
  EXPECT_EQ(folded.all().size(), quarantines_remembered);
}

TEST(Quarantines, cut_a_batch) {
  Quarantines folded;
  folded.apply(quarantined(2, "age"));
  folded.apply(released(4));
  feedback::JoinedBatch batch;
  batch.inputs.columns = {Column{"age", ColumnKind::numeric, {0, 1, 2, 3, 4}, {}, nullptr}};
  batch.inputs.rows = 5;
  for (int minute = 0; minute < 5; ++minute) {
    batch.inputs.times.push_back(noon + std::chrono::minutes(minute));
    batch.ids.push_back(std::to_string(minute));
  }
  batch.truth = {{0, 1, 2, 3, 4}};
  batch.versions = {
      {"1.0.0", feedback::Arm::champion, {5, 2, {0, 0, 1, 1, 2, 2, 3, 3, 4, 4}}, {1, 1, 1, 1, 1}, {0, 0, 0, 0, 0}}};
  batch.answered_by = {0, 0, 0, 0, 0};
  batch.label_received_at = batch.inputs.times;
  batch.confidence = {1, 1, 1, 1, 1};
  const auto cut = without(batch, folded);
  EXPECT_EQ(cut.ids, (std::vector<std::string>{"0", "1", "4"}));
  EXPECT_EQ(cut.inputs.columns[0].numbers, (std::vector<double>{0, 1, 4}));
  EXPECT_EQ(cut.truth[0], (Truth{0, 1, 4}));
  EXPECT_EQ(cut.versions[0].outputs.values, (std::vector<float>{0, 0, 1, 1, 4, 4}));
  EXPECT_EQ(cut.versions[0].present.size(), 3U);
  EXPECT_EQ(cut.label_received_at.back(), noon + std::chrono::minutes(4));
}

}  // namespace
}  // namespace perennial::lifecycle
