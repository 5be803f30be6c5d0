#include "data/windows.hpp"

#include <gtest/gtest.h>

namespace perennial::data {
namespace {

Table days(int count) {
  Table table;
  table.rows = static_cast<std::size_t>(count);
  table.columns.push_back({"x", ColumnKind::numeric, {}, {}, nullptr});
  for (int i = 0; i < count; ++i) {
    table.columns[0].numbers.push_back(i);
    table.times.push_back(TimePoint{} + std::chrono::hours(24) * i);
  }
  return table;
}

TEST(Windows, takes_the_newest_rows_by_count_or_time) {
  EXPECT_EQ(newest_rows(days(10), 3).columns[0].numbers, (std::vector<double>{7, 8, 9}));
  EXPECT_EQ(newest_rows(days(2), 3).rows, 2u);
  EXPECT_EQ(newest_within(days(10), std::chrono::hours(24)).rows, 1u);
  EXPECT_EQ(newest_within(days(10), std::chrono::hours(24 * 7)).rows, 7u);
  EXPECT_EQ(newest_within(days(10), std::chrono::hours(24 * 700)).rows, 10u);
  EXPECT_EQ(newest(days(10), Span{}).rows, 10u);
  EXPECT_EQ(newest(days(10), Span{{}, 4}).rows, 4u);
  EXPECT_EQ(newest(Table{}, Span{std::chrono::hours(1), 0}).rows, 0u);
  EXPECT_EQ(newest_first_row(days(10), Span{std::chrono::hours(48), 0}), 8u);
}

}  // namespace
}  // namespace perennial::data
