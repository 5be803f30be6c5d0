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
      {"date_hour(a, b)", {text("2011-01-01"), text("5.5")}, ""},
      {"date_hour(a, b)", {text("2011-01-01"), text("25")}, ""},
      {"epoch_s(a)", {text("1293840000")}, "2011-01-01T00:00:00Z"},
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
  };
  for (const auto& axis : axes) {
    const auto again = parse_time_axis(format_time_axis(axis));
    ASSERT_OK(again);
    EXPECT_EQ(*again, axis) << format_time_axis(axis);
  }
  for (const auto* wrong :
       {"", "iso", "iso()", "iso(a, b)", "step(a, 0s)", "step(a, soon)", "hours(a)", "date_hour(a)", "iso(\"a)"})
    EXPECT_FALSE(parse_time_axis(wrong)) << wrong;
}

TEST(TimeAxis, is_inferred_from_the_values) {
  TempFolder folder;
  std::string file = "iso,hour,clock,epoch,ms,day,cycle,word,gap,my_ordinal\n";
  for (int i = 0; i < 50; ++i)
    file += fmt::format("2020-01-{:02},{},{:02}:30,{},{}000,{},{},w,{},{}\n", 1 + i % 28, i % 24, i % 24,
                        1600000000 + i, 1600000000 + i, 730000 + i, i, i == 3 ? "" : "1", i);
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
