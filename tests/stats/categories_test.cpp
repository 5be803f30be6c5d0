#include "stats/categories.hpp"

#include <gtest/gtest.h>

namespace perennial::stats {
namespace {

TEST(Categories, are_matched_by_value_and_not_by_code) {
  Dictionary before;
  const std::vector<std::int32_t> old_codes{before.code_of("red"), before.code_of("blue"), before.code_of("red"), -1};
  const CategoryReference reference(count_categories(old_codes, &before));
  Dictionary after;
  const std::vector<std::int32_t> new_codes{after.code_of("green"), after.code_of("blue"), after.code_of("red"), -1,
                                            -1};
  const auto aligned = reference.align(count_categories(new_codes, &after));
  EXPECT_EQ(aligned.counts, (std::vector<std::uint64_t>{1, 1}));
  EXPECT_EQ(aligned.unseen, 1u);
  EXPECT_EQ(aligned.missing, 2u);
  EXPECT_EQ(aligned.rows, 5u);
  EXPECT_DOUBLE_EQ(reference.expected_unseen_share(), 0.25);
}

TEST(Categories, codes_that_the_dictionary_does_not_have_are_missing) {
  Dictionary dictionary;
  dictionary.code_of("a");
  const auto counts = count_categories(std::vector<std::int32_t>{0, 7, -1}, &dictionary);
  EXPECT_EQ(counts.missing, 2u);
  EXPECT_EQ(count_categories(std::vector<std::int32_t>{0, 1}, nullptr).missing, 2u);
  EXPECT_EQ(count_categories({}, &dictionary).rows, 0u);
}

}  // namespace
}  // namespace perennial::stats
