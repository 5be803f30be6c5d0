#include "core/json.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/limits.hpp"

namespace perennial {
namespace {

std::string nested(std::size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); }

TEST(Json, depth_is_bounded_before_anything_is_built) {
  EXPECT_TRUE(parse_json(nested(limits::json_depth)));
  const auto deep = parse_json(nested(limits::json_depth + 1), "body");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, ErrorCode::invalid);
  EXPECT_EQ(deep.error().where, "body");
  EXPECT_FALSE(parse_json(std::string(10'000'000, '['))) << "and does not exhaust the stack";
}

TEST(Json, brackets_in_texts_are_no_depth) {
  EXPECT_TRUE(parse_json("\"" + std::string(500, '[') + "\""));
  EXPECT_TRUE(parse_json("\"\\\"" + std::string(500, '{') + "\""));
}

TEST(Json, what_is_no_json_is_an_error_with_its_place) {
  for (const char* text : {"", "{", "{\"a\":}", "[1,]", "nul", "{\"a\":1} x", "NaN", "'a'", "\"\xff\""}) {
    const auto parsed = parse_json(text, "body");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid) << text;
    EXPECT_EQ(parsed.error().where, "body");
  }
}

TEST(Json, one_value_has_one_text) {
  EXPECT_EQ(to_text(parse_json("{\"b\": 1, \"a\": [1.5, null]}").value()), "{\"a\":[1.5,null],\"b\":1}");
  EXPECT_EQ(to_text(Json{{"x", std::nan("")}}), "{\"x\":null}") << "not known";
  EXPECT_NO_THROW(to_text(Json(std::string("\xff\xfe")))) << "bytes that are no UTF-8 never throw";
}

}  // namespace
}  // namespace perennial
