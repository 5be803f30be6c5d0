#include "core/glob.hpp"

#include <gtest/gtest.h>

namespace perennial {
namespace {

TEST(Glob, stars_and_question_marks) {
  EXPECT_TRUE(matches_glob("s*", "s1"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_TRUE(matches_glob("*_norm", "a_norm"));
  EXPECT_TRUE(matches_glob("a*b*c", "axxbyybc"));
  EXPECT_FALSE(matches_glob("a*b*c", "axxbyyb"));
  EXPECT_FALSE(matches_glob("s?", "s10"));
  EXPECT_FALSE(matches_glob("s", "S"));
}

}  // namespace
}  // namespace perennial
