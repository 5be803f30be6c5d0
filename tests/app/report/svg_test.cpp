#include "app/report/svg.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perennial::app::svg {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

TEST(Svg, ticks_are_round_and_inside) {
  EXPECT_EQ(ticks(0, 10, 5), (std::vector<double>{0, 2, 4, 6, 8, 10}));
  EXPECT_EQ(tick_labels(ticks(0.41, 0.88, 5)), (std::vector<std::string>{"0.5", "0.6", "0.7", "0.8"}));
  EXPECT_EQ(tick_labels(ticks(1359, 45311, 5)), (std::vector<std::string>{"10,000", "20,000", "30,000", "40,000"}));
  EXPECT_EQ(tick_labels(ticks(-0.3, 0.3, 3)), (std::vector<std::string>{"-0.2", "0.0", "0.2"}));
  EXPECT_EQ(ticks(3, 3, 5), std::vector<double>{3});
  EXPECT_TRUE(ticks(nan, 3, 5).empty());
  for (const double scale : {1e-12, 1e-3, 1.0, 7e8, 1e15})
    for (const double tick : ticks(-0.37 * scale, 1.91 * scale, 6)) {
      EXPECT_GE(tick, -0.37 * scale);
      EXPECT_LE(tick, 1.91 * scale);
    }
}

TEST(Svg, ranges_are_never_empty) {
  for (const auto& [low, high] : {std::pair{0.0, 0.0}, {5.0, 5.0}, {-5.0, -5.0}, {nan, 1.0}, {2.0, 1.0}}) {
    const Range range = range_of(low, high);
    EXPECT_LT(range.low, range.high);
  }
}

TEST(Svg, a_gap_in_the_data_is_a_gap_in_the_line) {
  Chart chart({}, {0, 4}, {0, 1}, "t", "d");
  chart.line(std::vector<Point>{{0, 0.1}, {1, 0.2}, {2, nan}, {3, 0.4}, {4, 0.5}}, "served");
  const std::string text = chart.finish();
  const std::string path = text.substr(text.find(" d=\""));
  EXPECT_EQ(std::count(path.begin(), path.end(), 'M'), 2);
  EXPECT_EQ(text.find("nan"), std::string::npos);
}

TEST(Svg, texts_are_escaped_and_the_chart_is_described) {
  Chart chart({}, {0, 1}, {0, 1}, "<b>title</b>", "what & how");
  chart.band(0, 1, "a", "<i>", "tip <u>");
  chart.strip(0, 1, 0, 5, "a", "strip <u>");
  chart.marker(0.5, 3, Marker::up, "good", "mark <u>");
  chart.row_label(4, "<row>");
  const std::string text = chart.finish();
  for (const char* tag : {"<b>", "<i>", "<u>", "<row>"}) EXPECT_EQ(text.find(tag), std::string::npos) << tag;
  EXPECT_NE(text.find("aria-label=\"&lt;b&gt;title"), std::string::npos);
  EXPECT_NE(text.find("<desc>what &amp; how</desc>"), std::string::npos);
  EXPECT_NE(text.find("<title>tip &lt;u&gt;</title>"), std::string::npos);
}

TEST(Svg, marks_beyond_the_range_stay_on_the_paper) {
  Chart chart({100, 50, 10, 10, 5, 5}, {0, 1}, {0, 1}, "t", "d");
  chart.strip(0.999, 7, 0, 5, "a", "");
  const std::string text = chart.finish();
  EXPECT_NE(text.find("x=\"88\""), std::string::npos) << text;  // 2 pixels wide, ending at the right edge
}

}  // namespace
}  // namespace perennial::app::svg
