#include "data/text_counts.hpp"

#include <gtest/gtest.h>

#include <map>

namespace perennial::data {
namespace {

TEST(TextCounts, counts_like_a_map_and_keeps_the_order_of_appearance) {
  TextCounts counts;
  std::map<std::string, std::uint64_t> expected;
  for (int i = 0; i < 50000; ++i) {
    const std::string text = std::to_string((i * 7919) % 3000);
    EXPECT_EQ(counts.add(text), ++expected[text] == 1) << text;
  }
  ASSERT_EQ(counts.size(), expected.size());
  EXPECT_EQ(counts.entries()[0].text, "0");
  EXPECT_EQ(counts.entries()[1].text, std::to_string(7919 % 3000));
  for (const auto& [text, count] : counts.entries()) EXPECT_EQ(count, expected.at(text)) << text;
}

TEST(TextCounts, is_empty_after_clear_and_counts_again) {
  TextCounts counts;
  counts.add("a");
  counts.clear();
  EXPECT_EQ(counts.size(), 0U);
  EXPECT_TRUE(counts.add("a"));
  EXPECT_FALSE(counts.add("a"));
}

}  // namespace
}  // namespace perennial::data
