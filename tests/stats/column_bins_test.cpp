#include "stats/column_bins.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "reference_data.hpp"

namespace perennial::stats {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double inf = std::numeric_limits<double>::infinity();

ColumnView numeric(const std::vector<double>& values) { return {"x", ColumnKind::numeric, values, {}, nullptr}; }

TEST(ColumnBins, few_values_have_a_bin_each) {
  const std::vector<double> reference{3, 1, 1, 2, nan};
  const auto bins = ColumnBins::of(numeric(reference), 10);
  EXPECT_EQ(bins.bins(), 6u);  // missing, below, 1, 2, 3, above
  const std::vector<double> current{nan, 0, 1, 1.4, 1.6, 2, 3, 4, inf, -inf};
  EXPECT_EQ(bins.assign(numeric(current)), (std::vector<std::uint8_t>{0, 1, 2, 2, 3, 3, 4, 5, 5, 1}));
  EXPECT_TRUE(bins.outside(1));
  EXPECT_TRUE(bins.outside(5));
  EXPECT_FALSE(bins.outside(4));
}

TEST(ColumnBins, many_values_fall_into_bins_of_like_size) {
  const auto reference = lcg(7, 10000);
  const auto bins = ColumnBins::of(numeric(reference), 10);
  EXPECT_EQ(bins.bins(), 13u);
  std::vector<int> counts(bins.bins());
  for (const auto bin : bins.assign(numeric(reference))) ++counts[bin];
  for (std::size_t b = 2; b < 12; ++b) EXPECT_NEAR(counts[b], 1000, 2) << b;
  EXPECT_EQ(counts[0] + counts[1] + counts[12], 0);
}

TEST(ColumnBins, a_value_that_most_rows_hold_takes_one_bin) {
  std::vector<double> reference(900, 0.0);
  for (int i = 0; i < 100; ++i) reference.push_back(i + 1);
  const auto bins = ColumnBins::of(numeric(reference), 10);
  std::vector<int> counts(bins.bins());
  for (const auto bin : bins.assign(numeric(reference))) ++counts[bin];
  EXPECT_EQ(counts[2], 900);
}

TEST(ColumnBins, awkward_references_are_defined) {
  const std::vector<double> current{nan, -inf, -1, 0, 1, inf};
  for (const auto& reference : std::vector<std::vector<double>>{
           {}, {nan, nan}, {5}, {inf}, {-inf, inf}, {-inf, -inf, 0, inf}, std::vector<double>(300, 2.0)}) {
    for (const std::size_t most : {0U, 1U, 10U, 252U, 100000U}) {
      const auto bins = ColumnBins::of(numeric(reference), most);
      EXPECT_LE(bins.bins(), 256u);
      for (const auto bin : bins.assign(numeric(current))) EXPECT_LT(bin, bins.bins());
      for (const auto bin : bins.assign(numeric(reference))) EXPECT_TRUE(bin == 0 || !bins.outside(bin));
    }
  }
  EXPECT_LE(ColumnBins::of(numeric(lcg(9, 5000)), 252).bins(), 256u);
}

TEST(ColumnBins, categories_are_matched_by_text_not_by_code) {
  Dictionary before;
  Dictionary after;
  std::vector<std::int32_t> reference;
  for (const auto* text : {"red", "red", "blue", "green", "red", "blue"}) reference.push_back(before.code_of(text));
  reference.push_back(-1);
  const auto bins = ColumnBins::of({"c", ColumnKind::categorical, {}, reference, &before}, 2);
  EXPECT_EQ(bins.bins(), 4u);  // missing, red, blue, others
  std::vector<std::int32_t> current;
  for (const auto* text : {"violet", "green", "blue", "red"}) current.push_back(after.code_of(text));
  current.push_back(-1);
  EXPECT_EQ(bins.assign({"c", ColumnKind::categorical, {}, current, &after}),
            (std::vector<std::uint8_t>{3, 3, 2, 1, 0}));
  EXPECT_FALSE(bins.outside(3));
  const std::vector<std::int32_t> none{-1};
  EXPECT_EQ(bins.assign({"c", ColumnKind::categorical, {}, none, nullptr}), (std::vector<std::uint8_t>{0}));
}

}  // namespace
}  // namespace perennial::stats
