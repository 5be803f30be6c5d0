#include "app/report/escape.hpp"

#include <gtest/gtest.h>

namespace perennial::app {
namespace {

TEST(Escape, markup_becomes_text) {
  EXPECT_EQ(escaped("<script>alert(\"a\" & 'b')</script>"),
            "&lt;script&gt;alert(&quot;a&quot; &amp; &#39;b&#39;)&lt;/script&gt;");
}

TEST(Escape, utf8_stays_and_what_is_not_utf8_is_replaced) {
  EXPECT_EQ(escaped("Zürich 東京 🚀"), "Zürich 東京 🚀");
  EXPECT_EQ(escaped("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(escaped("\xC0\xBCscript"), "\xEF\xBF\xBD\xEF\xBF\xBDscript");  // an overlong '<'
  EXPECT_EQ(escaped("cut \xE6\x9D"), "cut \xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(escaped(std::string_view("nul\0!", 5)), "nul !");
}

TEST(Escape, shortening_counts_characters_not_bytes) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("abcd", 3), "ab…");
  EXPECT_EQ(shortened("東京都庁", 3), "東京…");
  EXPECT_EQ(shortened("", 3), "");
}

}  // namespace
}  // namespace perennial::app
