#include "feedback/record.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/rng.hpp"
#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using testing::record_of;

void expect_same(const Table& a, const Table& b) {
  ASSERT_EQ(a.columns.size(), b.columns.size());
  EXPECT_EQ(a.times, b.times);
  EXPECT_EQ(a.entities, b.entities);
  for (std::size_t c = 0; c < a.columns.size(); ++c) {
    EXPECT_EQ(a.columns[c].name, b.columns[c].name);
    ASSERT_EQ(a.columns[c].size(), b.columns[c].size());
    for (std::size_t row = 0; row < a.rows; ++row) {
      if (a.columns[c].kind == ColumnKind::categorical) {
        EXPECT_EQ(a.columns[c].text(row), b.columns[c].text(row));
      } else if (std::isnan(a.columns[c].numbers[row])) {
        EXPECT_TRUE(std::isnan(b.columns[c].numbers[row]));
      } else {
        EXPECT_EQ(std::bit_cast<std::uint64_t>(a.columns[c].numbers[row]),
                  std::bit_cast<std::uint64_t>(b.columns[c].numbers[row]));
      }
    }
  }
}

TEST(Record, comes_back_as_it_was_stored) {
  const auto record = record_of(10, 25);
  ASSERT_TRUE(record.check());
  const auto back = decode_record(encode(record));
  ASSERT_TRUE(back) << back.error().message();
  EXPECT_EQ(back->ids, record.ids);
  expect_same(record.request, back->request);
  expect_same(record.inputs, back->inputs);
  ASSERT_EQ(back->versions.size(), 2u);
  EXPECT_EQ(back->versions[1].version, "1.1.0");
  EXPECT_EQ(back->versions[1].arm, Arm::shadow);
  EXPECT_EQ(back->versions[1].failed, record.versions[1].failed);
  EXPECT_EQ(back->versions[0].outputs.values, record.versions[0].outputs.values);
  EXPECT_EQ(back->answered, record.answered);
  EXPECT_EQ(encoded_rows(encode(record)), 25u);
}

TEST(Record, numbers_are_exact_in_every_width) {
  const std::vector<std::vector<double>> columns = {{1, 2, -128, 127},
                                                    {300, -5, 0, 32767},
                                                    {1e6, -2e9, 3, 2147483647.0},
                                                    {0.5, -0.0, 1e30, 3},
                                                    {0.1, 1e300, -1e-300, 5e-324},
                                                    {7, 7, 7, 7},
                                                    {testing::kMissing, 1, 0.5, 2},
                                                    {testing::kMissing, 1, 0.1, 2},
                                                    {INFINITY, -INFINITY, 0, 1},
                                                    {-0.0, 0.0, 1, 2},
                                                    {9007199254740993.0, 1, 2, 3},
                                                    {-0.0, -0.0, -0.0, -0.0}};
  PredictionRecord record = record_of(0, 4);
  record.inputs = {};
  for (std::size_t c = 0; c < columns.size(); ++c)
    record.request.columns.push_back({fmt::format("c{}", c), ColumnKind::numeric, columns[c], {}, nullptr});
  const auto back = decode_record(encode(record));
  ASSERT_TRUE(back);
  expect_same(record.request, back->request);
}

TEST(Record, damaged_bytes_are_refused_whatever_they_say) {
  const std::string good = encode(record_of(0, 12));
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(decode_record(good.substr(0, cut))) << cut;
  Rng rng(7);
  for (int i = 0; i < 20000; ++i) {
    std::string bytes = good;
    for (std::uint64_t k = 0; k <= rng.below(3); ++k)
      bytes[rng.below(bytes.size())] = static_cast<char>(rng.below(256));
    const auto result = decode_record(bytes);  // must not crash or take all memory; may still be a record
    EXPECT_TRUE(!result || result->check());
  }
}

TEST(Record, a_huge_row_count_allocates_nothing) {
  std::string bytes = encode(record_of(0, 1)).substr(0, 4);
  bytes += std::string("\xff\xff\xff\xff\x0f", 5);
  EXPECT_FALSE(decode_record(bytes));
}

TEST(Record, a_slice_has_the_same_rows) {
  const auto part = slice(record_of(0, 20), 5, 3);
  ASSERT_TRUE(part.check());
  EXPECT_EQ(part.ids, (std::vector<std::string>{"r5", "r6", "r7"}));
  EXPECT_EQ(part.versions[0].outputs.values, (std::vector<float>{5, 6, 7}));
}

}  // namespace
}  // namespace perennial::feedback
