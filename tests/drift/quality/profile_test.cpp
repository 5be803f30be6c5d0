#include "drift/quality/profile.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "core/rng.hpp"

namespace perennial::drift::quality {
namespace {

using Rows = std::vector<std::size_t>;

TEST(RowsSinceEqual, counts_back_to_the_newest_equal_row) {
  EXPECT_EQ(rows_since_equal(std::vector<std::uint64_t>{}), Rows{});
  EXPECT_EQ(rows_since_equal(std::vector<std::uint64_t>{7}), Rows{0});
  EXPECT_EQ(rows_since_equal(std::vector<std::uint64_t>{7, 8, 7, 7, 8}), (Rows{0, 0, 2, 1, 3}));
  // The same slot for all of them.
  EXPECT_EQ(rows_since_equal(std::vector<std::uint64_t>{1 << 10, 2 << 10, 1 << 10, 3 << 10, 2 << 10}),
            (Rows{0, 0, 2, 0, 3}));
}

TEST(RowsSinceEqual, agrees_with_its_definition) {
  Rng rng(3);
  for (int run = 0; run < 100; ++run) {
    std::vector<std::uint64_t> hashes(rng.below(300));
    for (auto& hash : hashes) hash = rng.below(200) << (run % 3 * 20);
    const Rows since = rows_since_equal(hashes);
    std::size_t repeats = 0;
    for (std::size_t row = 0; row < hashes.size(); ++row) {
      std::size_t wanted = 0;
      for (std::size_t before = row; before-- > 0 && wanted == 0;)
        if (hashes[before] == hashes[row]) wanted = row - before;
      EXPECT_EQ(since[row], wanted) << run << " " << row;
      repeats += wanted > 0 ? 1 : 0;
    }
    const auto rows = static_cast<double>(std::max<std::size_t>(hashes.size(), 1));
    EXPECT_DOUBLE_EQ(share_of_repeats(hashes), static_cast<double>(repeats) / rows);
  }
}

/// Two blocks of three rows; what they say of one numeric column.
ColumnProfile profile_of(const std::vector<double>& values) {
  Window window;
  ColumnView column;
  column.name = "a";
  column.kind = ColumnKind::numeric;
  column.numbers = values;
  window.columns.push_back(column);
  window.rows = values.size();
  Settings settings;
  settings.min_rows = 3;
  return Profile::prepare(window, settings).columns().front();
}

TEST(Profile, counts_values_with_and_without_missing_ones) {
  const double nan = std::nan("");
  const double inf = std::numeric_limits<double>::infinity();
  const ColumnProfile all = profile_of({1, 2, 2, 5, 6, 7});
  EXPECT_EQ(all.distinct, 5U);
  EXPECT_EQ(all.usual_distinct, 3U);
  EXPECT_DOUBLE_EQ(all.top_share, 2.0 / 6);
  EXPECT_EQ(all.longest_run, 2U);
  EXPECT_DOUBLE_EQ(all.grid, 1);
  const ColumnProfile gaps = profile_of({1, nan, 2, 2, nan, 2});
  EXPECT_EQ(gaps.distinct, 2U);
  EXPECT_EQ(gaps.missing, 2U);
  EXPECT_EQ(gaps.usual_distinct, 2U) << "blocks of values that are there: 1 2 2";
  EXPECT_DOUBLE_EQ(gaps.top_share, 3.0 / 4);
  const ColumnProfile infinite = profile_of({inf, inf, -inf, inf, inf, inf});
  EXPECT_EQ(infinite.distinct, 2U);
  EXPECT_EQ(infinite.usual_distinct, 2U);
  EXPECT_EQ(infinite.sample.size(), 0U);
  EXPECT_EQ(profile_of({nan, nan, nan}).distinct, 0U);
}

}  // namespace
}  // namespace perennial::drift::quality
