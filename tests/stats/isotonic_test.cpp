#include "stats/isotonic.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "reference_data.hpp"

namespace perennial::stats {
namespace {

TEST(Isotonic, known_answers) {
  struct Row {
    std::string about;
    std::vector<double> x;
    std::vector<double> y;
    std::vector<double> at;
    std::vector<double> values;
  };
  const std::vector<Row> rows{
      {"already rising: each point is kept, lines between", {1, 2, 3}, {0, 1, 4}, {1, 1.5, 2.5, 3}, {0, 0.5, 2.5, 4}},
      {"a fall is pooled", {1, 2, 3, 4}, {1, 3, 2, 4}, {1, 2, 3, 3.5, 4}, {1, 2.5, 2.5, 3.25, 4}},
      {"falling throughout: the mean", {1, 2, 3}, {3, 2, 1}, {0, 2, 9}, {2, 2, 2}},
      {"equal x share their mean", {1, 1, 2}, {0, 1, 3}, {1, 2}, {0.5, 3}},
      {"constant outside", {1, 2}, {5, 7}, {-9, 9}, {5, 7}},
      {"one row", {3}, {0.25}, {-1, 3, 8}, {0.25, 0.25, 0.25}},
      {"a pool pulls earlier pools in", {1, 2, 3, 4}, {2, 3, 4, 0}, {1, 2, 3, 4}, {2, 7.0 / 3, 7.0 / 3, 7.0 / 3}},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.about);
    const auto map = IsotonicMap::fit(row.x, row.y);
    ASSERT_TRUE(map) << map.error().message();
    for (std::size_t i = 0; i < row.at.size(); ++i) EXPECT_NEAR((*map)(row.at[i]), row.values[i], 1e-12) << row.at[i];
  }
}

TEST(Isotonic, never_falls_and_keeps_the_mean_whatever_the_order_of_rows) {
  const auto x = lcg(31, 500);
  auto y = lcg(32, 500);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] = y[i] < x[i] ? 1 : 0;
  const auto map = IsotonicMap::fit(x, y);
  ASSERT_TRUE(map);
  double fitted = 0;
  double truth = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    fitted += (*map)(x[i]);
    truth += y[i];
  }
  EXPECT_NEAR(fitted, truth, 1e-9);
  for (double at = 0; at < 1; at += 0.01) EXPECT_LE((*map)(at), (*map)(at + 0.01));
  const auto turned =
      IsotonicMap::fit(std::vector<double>(x.rbegin(), x.rend()), std::vector<double>(y.rbegin(), y.rend()));
  ASSERT_TRUE(turned);
  for (double at = 0; at < 1; at += 0.01) EXPECT_DOUBLE_EQ((*map)(at), (*turned)(at));
}

TEST(Isotonic, refuses_what_it_cannot_fit) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<double> one{1};
  const std::vector<double> two{1, 2};
  const std::vector<double> broken{1, nan};
  EXPECT_EQ(IsotonicMap::fit({}, {}).error().code, ErrorCode::invalid);
  EXPECT_EQ(IsotonicMap::fit(one, two).error().code, ErrorCode::invalid);
  EXPECT_EQ(IsotonicMap::fit(broken, two).error().code, ErrorCode::invalid);
  EXPECT_TRUE(std::isnan((*IsotonicMap::fit(two, two))(nan)));
}

}  // namespace
}  // namespace perennial::stats
