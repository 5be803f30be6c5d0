#include "app/report/histogram.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <numeric>

namespace perennial::app {
namespace {

Column numbers(std::vector<double> values) { return {"x", ColumnKind::numeric, std::move(values), {}, nullptr}; }

Column texts(const std::vector<std::string>& values) {
  Column column{"x", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
  for (const auto& value : values) column.codes.push_back(value.empty() ? -1 : column.dictionary->code_of(value));
  return column;
}

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

TEST(Histogram, shares_add_up_and_tails_stay_in_the_outermost_bins) {
  std::vector<double> values(1000);
  std::iota(values.begin(), values.end(), 0.0);
  std::vector<double> wild = values;
  wild[999] = 1e9;
  const auto sides = side_by_side(numbers(values), numbers(wild));
  ASSERT_EQ(sides.ends.size(), histogram_bins + 1);
  EXPECT_LT(sides.ends.back(), 2000);
  EXPECT_NEAR(sum(sides.reference), 1, 1e-9);
  EXPECT_NEAR(sum(sides.current), 1, 1e-9);
  EXPECT_EQ(sides.change, "median 499, now 499");
}

TEST(Histogram, few_numbers_are_categories_in_their_order) {
  const auto sides =
      side_by_side(numbers({10, 2, 2, 2}), numbers({2, 10, 10, std::numeric_limits<double>::quiet_NaN()}));
  EXPECT_TRUE(sides.categories);
  EXPECT_EQ(sides.names, (std::vector<std::string>{"2", "10"}));
  EXPECT_DOUBLE_EQ(sides.reference[0], 0.75);
  EXPECT_NEAR(sides.current[1], 2.0 / 3, 1e-12);
  EXPECT_EQ(sides.change, "'2' 75 %, now 33 %; missing 0.0 %, now 25.0 %");
}

TEST(Histogram, many_categories_are_the_most_frequent_and_all_others) {
  std::vector<std::string> values;
  for (int i = 0; i < 20; ++i)
    for (int k = 0; k < 30 - i; ++k) values.push_back("c" + std::to_string(i));
  const auto sides = side_by_side(texts(values), texts({"new", "new", "c0", ""}));
  EXPECT_EQ(sides.names.size(), histogram_categories);
  EXPECT_EQ(sides.names.front(), "new");
  EXPECT_EQ(sides.names.back(), "all 14 others");
  EXPECT_NEAR(sum(sides.reference), 1, 1e-9);
  EXPECT_NEAR(sum(sides.current), 1, 1e-9);
}

TEST(Histogram, nothing_to_draw_where_a_side_is_empty_or_of_another_kind) {
  EXPECT_TRUE(side_by_side(numbers({}), numbers({1, 2})).reference.empty());
  EXPECT_TRUE(side_by_side(texts({"a"}), texts({""})).reference.empty());
  EXPECT_TRUE(side_by_side(numbers({1}), texts({"a"})).reference.empty());
}

TEST(Histogram, one_wild_value_among_equal_ones_does_not_divide_by_zero) {
  std::vector<double> values(5000, 3.0);
  for (int i = 0; i < 12; ++i) values[static_cast<std::size_t>(i)] = 3.0 + i;
  const auto sides = side_by_side(numbers(values), numbers(std::vector<double>(5000, 3.0)));
  ASSERT_FALSE(sides.categories);
  EXPECT_NEAR(sum(sides.reference), 1, 1e-9);
  EXPECT_LT(sides.ends.front(), sides.ends.back());
}

}  // namespace
}  // namespace perennial::app
