#include "triggers/cron.hpp"

#include <gtest/gtest.h>

#include <set>

#include "core/limits.hpp"

namespace perennial::triggers {
namespace {

TimePoint at(std::string_view text) { return parse_time(text).value(); }

std::vector<std::string> firings(const std::string& expression, const std::string& zone, std::string_view after,
                                 std::size_t count) {
  const auto cron = Cron::parse(expression, zone);
  EXPECT_TRUE(cron.has_value()) << expression << ": " << (cron ? "" : cron.error().message());
  std::vector<std::string> found;
  if (!cron) return found;
  TimePoint now = at(after);
  while (found.size() < count) {
    const auto next = cron->next_after(now);
    if (!next) break;
    EXPECT_GT(*next, now);
    found.push_back(format_time(*next));
    now = *next;
  }
  return found;
}

TEST(Cron, next_firings_of_every_form) {
  struct Row {
    std::string says;
    std::string expression;
    std::string after;
    std::vector<std::string> expected;
  };
  const std::vector<Row> rows = {
      {"Sunday at two", "0 2 * * SUN", "2026-11-21T00:00:00Z", {"2026-11-22T02:00:00Z", "2026-11-29T02:00:00Z"}},
      {"Sunday as 0", "0 2 * * 0", "2026-11-21T00:00:00Z", {"2026-11-22T02:00:00Z"}},
      {"Sunday as 7", "0 2 * * 7", "2026-11-21T00:00:00Z", {"2026-11-22T02:00:00Z"}},
      {"strictly after", "0 2 * * *", "2026-11-22T02:00:00Z", {"2026-11-23T02:00:00Z"}},
      {"a microsecond before counts", "0 2 * * *", "2026-11-22T01:59:59.999999Z", {"2026-11-22T02:00:00Z"}},
      {"steps",
       "*/20 * * * *",
       "2026-01-01T00:00:00Z",
       {"2026-01-01T00:20:00Z", "2026-01-01T00:40:00Z", "2026-01-01T01:00:00Z"}},
      {"a range with steps",
       "0 8-18/5 * * *",
       "2026-01-01T00:00:00Z",
       {"2026-01-01T08:00:00Z", "2026-01-01T13:00:00Z", "2026-01-01T18:00:00Z"}},
      {"a start with steps",
       "50/5 1 * * *",
       "2026-01-01T00:00:00Z",
       {"2026-01-01T01:50:00Z", "2026-01-01T01:55:00Z", "2026-01-02T01:50:00Z"}},
      {"lists and names", "0 0 1 jan,Jul *", "2026-01-01T00:00:00Z", {"2026-07-01T00:00:00Z", "2027-01-01T00:00:00Z"}},
      {"a weekend that runs over the end of the week",
       "0 0 * * SAT-SUN",
       "2026-11-20T00:00:00Z",
       {"2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z", "2026-11-28T00:00:00Z"}},
      {"both day fields: either one",
       "0 0 13 * FRI",
       "2026-11-01T00:00:00Z",
       {"2026-11-06T00:00:00Z", "2026-11-13T00:00:00Z", "2026-11-20T00:00:00Z"}},
      {"the 31st skips short months",
       "0 0 31 * *",
       "2026-01-31T00:00:00Z",
       {"2026-03-31T00:00:00Z", "2026-05-31T00:00:00Z"}},
      {"leap day", "0 0 29 2 *", "2026-01-01T00:00:00Z", {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
      {"leap day over a year without one", "0 0 29 2 *", "2096-03-01T00:00:00Z", {"2104-02-29T00:00:00Z"}},
      {"hourly", "@hourly", "2026-01-01T23:30:00Z", {"2026-01-02T00:00:00Z"}},
      {"daily", "@daily", "2026-01-01T23:30:00Z", {"2026-01-02T00:00:00Z"}},
      {"weekly", "@weekly", "2026-11-21T00:00:00Z", {"2026-11-22T00:00:00Z"}},
      {"monthly", "@monthly", "2026-12-02T00:00:00Z", {"2027-01-01T00:00:00Z"}},
      {"yearly", " @yearly ", "2026-12-02T00:00:00Z", {"2027-01-01T00:00:00Z"}},
      {"before 1970", "0 0 1 1 *", "1949-06-01T00:00:00Z", {"1950-01-01T00:00:00Z"}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(firings(row.expression, "UTC", row.after, row.expected.size()), row.expected) << row.says;
}

TEST(Cron, trap_40_local_slots_follow_the_zone_and_fire_once_at_daylight_saving_changes) {
  struct Row {
    std::string says;
    std::string expression;
    std::string zone;
    std::string after;
    std::vector<std::string> expected;
  };
  const std::vector<Row> rows = {
      {"02:00 in Berlin is 01:00 UTC in winter and 00:00 UTC in summer",
       "0 2 * * *",
       "Europe/Berlin",
       "2026-10-23T12:00:00Z",
       {"2026-10-24T00:00:00Z", "2026-10-25T00:00:00Z", "2026-10-26T01:00:00Z"}},
      {"the hour that is left out (29 March 2026, 02:00 to 03:00): at the jump, once",
       "30 2 * * *",
       "Europe/Berlin",
       "2026-03-28T00:00:00Z",
       {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
      {"several slots of the left-out hour are one firing",
       "*/15 2 29 3 *",
       "Europe/Berlin",
       "2026-03-28T12:00:00Z",
       {"2026-03-29T01:00:00Z", "2027-03-29T00:00:00Z"}},
      {"the hour that comes twice (25 October 2026): the first time only",
       "30 2 * * *",
       "Europe/Berlin",
       "2026-10-24T12:00:00Z",
       {"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
      {"asked between the two, the slot is over",
       "30 2 * * *",
       "Europe/Berlin",
       "2026-10-25T00:45:00Z",
       {"2026-10-26T01:30:00Z"}},
      {"asked inside the second hour, it stays over",
       "30 2 * * *",
       "Europe/Berlin",
       "2026-10-25T01:10:00Z",
       {"2026-10-26T01:30:00Z"}},
      {"a half-hour change (Lord Howe)",
       "45 1 * * *",
       "Australia/Lord_Howe",
       "2026-04-04T00:00:00Z",
       {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
      {"a day that was skipped as a whole (Samoa, 30 December 2011)",
       "0 12 * * *",
       "Pacific/Apia",
       "2011-12-29T00:00:00Z",
       {"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(firings(row.expression, row.zone, row.after, row.expected.size()), row.expected) << row.says;
}

TEST(Cron, trap_40_no_slot_fires_twice_in_a_year_of_changes) {
  for (const std::string zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"}) {
    const auto cron = Cron::parse("30 * * * *", zone).value();
    TimePoint now = at("2026-01-01T00:00:00Z");
    int count = 0;
    while (now < at("2027-01-01T00:00:00Z")) {
      const auto next = cron.next_after(now);
      ASSERT_TRUE(next.has_value());
      ASSERT_GT(*next, now);
      now = *next;
      ++count;
    }
    EXPECT_NEAR(count, 8760, 2) << zone;
  }
}

TEST(Cron, bad_expressions_say_what_is_wrong) {
  struct Row {
    std::string expression;
    std::string zone;
    std::string says;
  };
  const std::vector<Row> rows = {
      {"0 0 30 2 *", "UTC", "never fires"},
      {"0 0 31 4,6,9,11 *", "UTC", "never fires"},
      {"0 2 * *", "UTC", "has 4"},
      {"", "UTC", "has 0"},
      {"60 0 * * *", "UTC", "out of range"},
      {"0 24 * * *", "UTC", "out of range"},
      {"0 0 0 * *", "UTC", "out of range"},
      {"0 0 * 13 *", "UTC", "out of range"},
      {"0 0 * * 8", "UTC", "out of range"},
      {"0 0 * * MOO", "UTC", "not a weekday"},
      {"*/0 * * * *", "UTC", "no usable step"},
      {"*/ * * * *", "UTC", "no usable step"},
      {"5-1 * * * *", "UTC", "backwards"},
      {"1,,2 * * * *", "UTC", "not a minute"},
      {"-1 * * * *", "UTC", "not a minute"},
      {"@fortnightly", "UTC", "unknown schedule"},
      {"0 0 * * *", "Mars/Olympus", "unknown time zone"},
  };
  for (const auto& row : rows) {
    const auto cron = Cron::parse(row.expression, row.zone, "here");
    ASSERT_FALSE(cron.has_value()) << row.expression;
    EXPECT_EQ(cron.error().code, ErrorCode::config) << row.expression;
    EXPECT_NE(cron.error().what.find(row.says), std::string::npos) << row.expression << ": " << cron.error().message();
  }
}

}  // namespace
}  // namespace perennial::triggers
