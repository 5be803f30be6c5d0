#include "data/time_axis.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fmt/ranges.h>

#include "data/files.hpp"

namespace perennial::data {
namespace {

TimeCell text(std::string_view value) { return {value, 0, true}; }
TimeCell number(double value) { return {{}, value, false}; }

TEST(TimeAxis, forms_an_instant_from_cells) {
  struct Row {
    std::string axis;
    std::vector<TimeCell> cells;
    std::string at;  ///< empty = an error
  };
  const std::vector<Row> rows = {
      {"iso(a)", {text("1949-01")}, "1949-01-01T00:00:00Z"},
      {"iso(a)", {text(" 2011-01-02 ")}, "2011-01-02T00:00:00Z"},
      {"iso(a)", {text("2011-01-02 03:04")}, "2011-01-02T03:04:00Z"},
      {"iso(a)", {text("yesterday")}, ""},
      {"iso(a)", {text("")}, ""},
      {"date_hour(a, b)", {text("2011-01-01"), text("23")}, "2011-01-01T23:00:00Z"},
      {"date_hour(a, b)", {text("2011-01-01"), number(5)}, "2011-01-01T05:00:00Z"},
      {"date_hour(a, b)", {text("2011-01-01"), text("05:30")}, "2011-01-01T05:30:00Z"},
      {"date_hour(a, b)", {text("2011-01-01"), text("9:30 PM")}, "2011-01-01T21:30:00Z"},
      {"date_hour(a, b)", {text("2011-01-01"), text("18.00.00")}, "2011-01-01T18:00:00Z"},
      {"date_hour(a, b)", {text("2011-01-01"), number(24)}, "2011-01-02T00:00:00Z"},
      {"date_hour(a, b, \"%d/%m/%Y\")", {text("16/12/2006"), text("17:24:00")}, "2006-12-16T17:24:00Z"},
      {"format(a, \"%m/%d/%Y\")", {text("1/2/1948")}, "1948-01-02T00:00:00Z"},
      {"format(a, \"%d.%m.%Y %H:%M\")", {text("3.2.2019 4:05")}, "2019-02-03T04:05:00Z"},
      {"format(a, \"%d/%m/%Y\")", {text("31/02/2019")}, ""},
      {"format(a, \"%d/%m/%Y\")", {text("3/2/19")}, ""},
      {"format(a, \"%Y%m%d\")", {number(20150314)}, "2015-03-14T00:00:00Z"},
      {"parts(y, m)", {number(2010), number(3)}, "2010-03-01T00:00:00Z"},
      {"parts(y, m, d, h)", {text("2010"), text("1"), text("31"), text("23")}, "2010-01-31T23:00:00Z"},
      {"parts(y, m, d, h, min, s)",
       {number(2010), number(1), number(31), number(24), number(5), number(6)},
       "2010-02-01T00:05:06Z"},
      {"parts(y, m, d)", {number(2010), number(2), number(30)}, ""},
      {"parts(y, m, d)", {number(2010), number(13), number(1)}, ""},
      {"parts(y, m)", {number(2010.5), number(3)}, ""},
      {"date_hour(a, b)", {text("2011-01-01"), text("5.5")}, ""},
      {"date_hour(a, b)", {text("2011-01-01"), text("25")}, ""},
      {"epoch_s(a)", {text("1293840000")}, "2011-01-01T00:00:00Z"},
      {"epoch_us(a)", {number(1293840000500000.0)}, "2011-01-01T00:00:00.5Z"},
      {"epoch_ns(a)", {number(1293840000500000000.0)}, "2011-01-01T00:00:00.5Z"},
      {"epoch_ms(a)", {number(1293840000500.0)}, "2011-01-01T00:00:00.5Z"},
      {"ordinal_day(a)", {text("736389")}, "2017-03-01T00:00:00Z"},
      {"ordinal_day(a)", {number(1)}, "0001-01-01T00:00:00Z"},
      {"step(a, 1min)", {text("90")}, "2000-01-01T01:30:00Z"},
      {"step(a, 1h)", {text("1.5")}, "2000-01-01T01:30:00Z"},
      {"step(a, 1d)", {text("1e300")}, ""},
      {"step(a, 1d)", {text("x")}, ""},
  };
  for (const auto& row : rows) {
    const auto axis = parse_time_axis(row.axis);
    ASSERT_OK(axis);
    const auto at = axis->at(row.cells);
    ASSERT_EQ(at.has_value(), !row.at.empty()) << row.axis << " " << row.cells[0].text;
    if (at) {
      EXPECT_EQ(format_time(*at), row.at) << row.axis;
    }
  }
}

TEST(TimeAxis, text_form_round_trips) {
  const std::vector<TimeAxis> axes = {
      {{"month"}, TimeUnit::iso},
      {{"dteday", "hr"}, TimeUnit::date_hour},
      {{"a, \"b\" (c)"}, TimeUnit::epoch_s},
      {{"cycle"}, TimeUnit::step, std::chrono::hours(6)},
      {{"x,y", "z"}, TimeUnit::date_hour},
      {{"ordinal_date"}, TimeUnit::ordinal_day},
      {{"year", "month", "day", "hour"}, TimeUnit::parts},
      {{"Order Date"}, TimeUnit::format, row_clock_interval, "%m/%d/%Y %I:%M %p"},
      {{"a,b", "z"}, TimeUnit::date_hour, row_clock_interval, "%d, %b \"%Y\""},
  };
  for (const auto& axis : axes) {
    const auto again = parse_time_axis(format_time_axis(axis));
    ASSERT_OK(again);
    EXPECT_EQ(*again, axis) << format_time_axis(axis);
  }
  for (const auto* wrong :
       {"", "iso", "iso()", "iso(a, b)", "step(a, 0s)", "step(a, soon)", "hours(a)", "date_hour(a)", "iso(\"a)",
        "parts(a)", "parts(a, b, c, d, e, f, g)", "format(a)", "format(a, \"%d.%m.\")", "format(a, \"%Y %Q\")"})
    EXPECT_FALSE(parse_time_axis(wrong)) << wrong;
}

TEST(TimeAxis, is_inferred_from_the_values) {
  TempFolder folder;
  std::string file = "iso,hour,clock,epoch,ms,us,ns,day,cycle,word,gap,my_ordinal\n";
  for (int i = 0; i < 50; ++i)
    file += fmt::format("2020-01-{:02},{},{:02}:30,{},{}000,{}000000,{}000000000,{},{},w,{},{}\n", 1 + i % 28, i % 24,
                        i % 24, 1600000000 + i, 1600000000 + i, 1600000000 + i, 1600000000 + i, 730000 + i, i,
                        i == 3 ? "" : "1", i);
  const auto schema = infer_schema(SourceSpec::file(folder.write("t.csv", file)));
  ASSERT_OK(schema);
  struct Row {
    std::vector<std::string> columns;
    std::string axis;  ///< empty = an error
  };
  const std::vector<Row> rows = {
      {{"iso"}, "iso(iso)"},
      {{"iso", "hour"}, "date_hour(iso, hour)"},
      {{"iso", "clock"}, "date_hour(iso, clock)"},
      {{"epoch"}, "epoch_s(epoch)"},
      {{"ms"}, "epoch_ms(ms)"},
      {{"us"}, "epoch_us(us)"},
      {{"ns"}, "epoch_ns(ns)"},
      {{"day"}, "ordinal_day(day)"},
      {{"my_ordinal"}, "ordinal_day(my_ordinal)"},
      {{"cycle"}, "step(cycle, 1min)"},
      {{"word"}, ""},
      {{"gap"}, ""},
      {{"cycle", "hour"}, ""},
      {{"iso", "hour", "cycle"}, ""},
      {{"nothing"}, ""},
      {{}, ""},
  };
  for (const auto& row : rows) {
    const auto axis = infer_time_axis(row.columns, *schema);
    ASSERT_EQ(axis.has_value(), !row.axis.empty()) << fmt::format("{}", row.columns);
    if (axis) {
      EXPECT_EQ(format_time_axis(*axis), row.axis);
    } else {
      EXPECT_FALSE(axis.error().message().empty());
    }
  }
}

TEST(TimeAxis, the_way_to_write_a_date_is_found_by_the_whole_column) {
  struct Row {
    const char* why;
    std::vector<std::string> values;
    std::string axis;   ///< empty = an error
    std::string other;  ///< what it could be as well
  };
  const std::vector<Row> rows = {
      {"a day above 12 tells", {"1/1/1948", "1/2/1948", "1/13/1948"}, R"(format(t, "%m/%d/%Y"))", ""},
      {"and the other way round", {"31/12/1999", "01/01/2000"}, R"(format(t, "%d/%m/%Y"))", ""},
      {"time runs forwards", {"01/11/2004", "05/11/2004", "01/12/2004"}, R"(format(t, "%d/%m/%Y"))", ""},
      {"nothing tells", {"03/03/2004", "04/04/2004"}, R"(format(t, "%m/%d/%Y"))", ""},
      {"both run forwards", {"01/02/2004", "02/03/2004"}, R"(format(t, "%m/%d/%Y"))", "%d/%m/%Y"},
      {"dots: the day first", {"01.02.2004", "02.03.2004"}, R"(format(t, "%d.%m.%Y"))", "%m.%d.%Y"},
      {"a spreadsheet's", {"1/31/2018 9:05 PM", "2/1/2018 12:30 AM"}, R"(format(t, "%m/%d/%Y %I:%M %p"))", ""},
      {"seconds and their parts",
       {"2018/01/31 09:05:01.25", "2018/02/01 09:05:01.5"},
       R"(format(t, "%Y/%m/%d %H:%M:%S"))",
       ""},
      {"names of months", {"31-Jan-2018", "01-Feb-2018"}, R"(format(t, "%d-%b-%Y"))", ""},
      {"years of two digits", {"31-Jan-98", "01-Feb-01"}, R"(format(t, "%d-%b-%y"))", ""},
      {"in words", {"\"Jan 31, 2018\"", "\"February 1, 2018\""}, R"(format(t, "%b %d, %Y"))", ""},
      {"days as one number", {"20180131", "20180201"}, R"(format(t, "%Y%m%d"))", ""},
      {"numbers that are no days", {"20180131", "20181301"}, "step(t, 1min)", ""},
      {"two ways in one column", {"1/13/1948", "13/1/1948"}, "", ""},
      {"words", {"soon", "later"}, "", ""},
  };
  for (const auto& row : rows) {
    TempFolder folder;
    std::string file = "t,x\n";
    for (const auto& value : row.values) file += value + ",1\n";
    const auto schema = infer_schema(SourceSpec::file(folder.write("t.csv", file)));
    ASSERT_OK(schema);
    const auto axis = infer_time_axis({"t"}, *schema);
    ASSERT_EQ(axis.has_value(), !row.axis.empty()) << row.why;
    if (!axis) continue;
    EXPECT_EQ(format_time_axis(*axis), row.axis) << row.why;
    EXPECT_EQ(schema->find("t")->time_format_or, row.other) << row.why;
    EXPECT_EQ(schema->find("t")->has_clock, row.axis.contains("%M")) << row.why;
  }
}

TEST(TimeAxis, numbers_in_several_columns_form_a_time) {
  TempFolder folder;
  std::string file = "year,month,day,hour,minute,date,clock\n";
  for (int i = 0; i < 50; ++i)
    file += fmt::format("2010,{},{},{},{},{}/{}/2010,{}:00:00\n", 1 + i / 28, 1 + i % 28, i % 24, i, 1 + i % 28,
                        1 + i / 28, i % 24);
  const auto schema = infer_schema(SourceSpec::file(folder.write("t.csv", file)));
  ASSERT_OK(schema);
  struct Row {
    std::vector<std::string> columns;
    std::string axis;
  };
  for (const auto& row : std::vector<Row>{
           {{"year", "month"}, "parts(year, month)"},
           {{"year", "month", "day", "hour"}, "parts(year, month, day, hour)"},
           {{"year", "month", "day", "hour", "minute"}, "parts(year, month, day, hour, minute)"},
           {{"date", "clock"}, R"(date_hour(date, clock, "%d/%m/%Y"))"},
           {{"date", "hour"}, R"(date_hour(date, hour, "%d/%m/%Y"))"},
           {{"month", "year"}, ""},
           {{"year", "day", "month"}, ""},
       }) {
    const auto axis = infer_time_axis(row.columns, *schema);
    ASSERT_EQ(axis.has_value(), !row.axis.empty()) << fmt::format("{}", row.columns);
    if (axis) {
      EXPECT_EQ(format_time_axis(*axis), row.axis);
    }
  }
}

TEST(TimeAxis, is_inferred_for_real_files) {
  SKIP_WITHOUT(shared_file("trump_approval.csv"));
  struct Row {
    std::string file;
    std::vector<std::string> columns;
    std::string axis;
  };
  const std::vector<Row> rows = {
      {"trump_approval.csv", {"ordinal_date"}, "ordinal_day(ordinal_date)"},
      {"airline_passengers.csv", {"month"}, "iso(month)"},
      {"bike_sharing_hourly.csv.gz", {"dteday", "hr"}, "date_hour(dteday, hr)"},
      {"cmapss/train_FD001.csv.gz", {"cycle"}, "step(cycle, 1min)"},
  };
  for (const auto& row : rows) {
    const auto schema = infer_schema(SourceSpec::file(shared_file(row.file)));
    ASSERT_OK(schema);
    const auto axis = infer_time_axis(row.columns, *schema);
    ASSERT_OK(axis);
    EXPECT_EQ(format_time_axis(*axis), row.axis);
  }
}

}  // namespace
}  // namespace perennial::data
