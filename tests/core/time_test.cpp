#include "core/time.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace perennial {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct TimeRow {
  const char* why;
  const char* text;
  const char* formatted;  ///< what it is printed as; empty: refused
};

class TimeText : public testing::TestWithParam<TimeRow> {};

TEST_P(TimeText, is_read_and_printed) {
  const auto& row = GetParam();
  const auto parsed = parse_time(row.text);
  if (std::string_view(row.formatted).empty()) {
    ASSERT_FALSE(parsed) << row.why << ": " << format_time(*parsed);
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid);
    EXPECT_NE(parsed.error().hint.find("ISO 8601"), std::string::npos) << row.why;
    return;
  }
  ASSERT_TRUE(parsed) << row.why << ": " << parsed.error().message();
  EXPECT_EQ(format_time(*parsed), row.formatted) << row.why;
  EXPECT_EQ(parse_time(format_time(*parsed)).value(), *parsed) << row.why << ": what is printed reads back";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, TimeText,
    testing::Values(
        TimeRow{"a year is its first instant", "2026", "2026-01-01T00:00:00Z"},
        TimeRow{"a month too", "2026-11", "2026-11-01T00:00:00Z"},
        TimeRow{"a day", "2026-11-21", "2026-11-21T00:00:00Z"},
        TimeRow{"without seconds", "2026-11-21T09:30", "2026-11-21T09:30:00Z"},
        TimeRow{"a blank for T", "2026-11-21 09:30:05", "2026-11-21T09:30:05Z"},
        TimeRow{"microseconds", "2026-11-21T09:30:05.000001Z", "2026-11-21T09:30:05.000001Z"},
        TimeRow{"zeros at the end of a fraction go", "2026-11-21T09:30:05.500Z", "2026-11-21T09:30:05.5Z"},
        TimeRow{"finer than a microsecond is cut", "2026-11-21T09:30:05.1234567Z", "2026-11-21T09:30:05.123456Z"},
        TimeRow{"an offset ahead of UTC is earlier in UTC", "2026-11-21T09:30:00+01:00", "2026-11-21T08:30:00Z"},
        TimeRow{"an offset behind UTC", "2026-11-21T23:30:00-0130", "2026-11-22T01:00:00Z"},
        TimeRow{"midnight may be called 24:00", "2026-11-21T24:00", "2026-11-22T00:00:00Z"},
        TimeRow{"a leap day", "2024-02-29", "2024-02-29T00:00:00Z"},
        TimeRow{"before 1970", "1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"},
        TimeRow{"no leap day in 2026", "2026-02-29", ""}, TimeRow{"month 13", "2026-13-01", ""},
        TimeRow{"hour 25", "2026-11-21T25:00", ""}, TimeRow{"minute 60", "2026-11-21T09:60", ""},
        TimeRow{"text behind the zone", "2026-11-21T09:30Zx", ""}, TimeRow{"a number of seconds", "1700000000", ""},
        TimeRow{"nothing", "", ""}, TimeRow{"half an offset", "2026-11-21T09:30+", ""},
        TimeRow{"a word", "yesterday", ""}));

TEST(Time, a_leap_year_of_days_is_counted) {
  EXPECT_EQ(parse_time("2024-03-01").value() - parse_time("2024-02-28").value(), hours(48));
  EXPECT_EQ(parse_time("1970-01-01").value().time_since_epoch().count(), 0);
}

struct DurationRow {
  const char* text;
  Duration value;
  const char* formatted;
};

TEST(Time, durations_read_their_units_and_print_the_shortest_exact_form) {
  const std::vector<DurationRow> rows = {
      {"250ms", milliseconds(250), "250ms"},
      {"90s", seconds(90), "90s"},
      {"1.5h", minutes(90), "90min"},
      {"15min", minutes(15), "15min"},
      {"15m", minutes(15), "15min"},
      {"24h", hours(24), "24h"},
      {"48h", hours(48), "2d"},
      {"7d", hours(168), "7d"},
      {"2w", hours(336), "14d"},
      {"1 h", hours(1), "1h"},
      {"0s", Duration(0), "0s"},
      {"3us", microseconds(3), "3us"},
      {"1000ms", seconds(1), "1s"},
      {"36h", hours(36), "36h"},
      {"60s", minutes(1), "1min"},
  };
  for (const auto& row : rows) {
    const auto parsed = parse_duration(row.text);
    ASSERT_TRUE(parsed) << row.text;
    EXPECT_EQ(*parsed, row.value) << row.text;
    EXPECT_EQ(format_duration(*parsed), row.formatted) << row.text;
    EXPECT_EQ(parse_duration(format_duration(*parsed)).value(), *parsed) << row.text;
  }
}

TEST(Time, what_is_no_duration_is_refused) {
  for (const char* text : {"", "5", "h", "-1h", "1x", "1hh", "nan s", "inf h", "1e30d", "200000d", "1h30m "})
    EXPECT_FALSE(parse_duration(text)) << "'" << text << "'";
}

TEST(Span, is_a_time_or_a_number_of_rows_never_both) {
  EXPECT_EQ(parse_span("1000rows").value(), (Span{Duration{0}, 1000}));
  EXPECT_EQ(parse_span("1 row").value(), (Span{Duration{0}, 1}));
  EXPECT_EQ(parse_span("24h").value(), (Span{hours(24), 0}));
  EXPECT_EQ(format_span(parse_span("1000rows").value()), "1000rows");
  EXPECT_EQ(format_span(parse_span("2h").value()), "2h");
  for (const char* text : {"-5rows", "1.5rows", "rows", "9999999999999rows", "5 columns", ""})
    EXPECT_FALSE(parse_span(text)) << text;
}

struct PassedRow {
  const char* why;
  Span span;
  Duration elapsed;
  std::uint64_t rows;
  bool passed;
};

TEST(Span, has_passed_by_its_own_measure_only) {
  const std::vector<PassedRow> rows = {
      {"an empty span has always passed", {}, Duration{0}, 0, true},
      {"time counts where it is a time", {hours(1), 0}, hours(1), 0, true},
      {"rows do not make time pass", {hours(1), 0}, minutes(59), 1000000, false},
      {"rows count where it is rows", {Duration{0}, 10}, Duration{0}, 10, true},
      {"time does not make rows pass", {Duration{0}, 10}, hours(1000), 9, false},
  };
  for (const auto& row : rows) EXPECT_EQ(row.span.passed(row.elapsed, row.rows), row.passed) << row.why;
}

}  // namespace
}  // namespace perennial
