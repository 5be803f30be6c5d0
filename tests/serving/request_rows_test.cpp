#include "serving/request_rows.hpp"
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace perennial::serving {
namespace {

Signature shop() {
  Signature signature;
  signature.request = {
      {"price", ColumnKind::numeric}, {"colour", ColumnKind::categorical}, {"age", ColumnKind::numeric}};
  signature.inputs = signature.request;
  signature.targets = {{"y", Task::regression, {}}};
  return signature;
}

RawValue number(std::string_view name, double value) { return {name, value, {}, false, false}; }
RawValue text(std::string_view name, std::string_view value) { return {name, 0, value, true, false}; }
RawValue null(std::string_view name) { return {name, 0, {}, false, true}; }

TEST(RequestRows, named_in_any_order_and_positional_rows_are_alike) {
  const std::vector<RawValue> named{text("colour", "red"), number("age", 3), number("price", 1.5)};
  const std::vector<RawValue> listed{number("", 2.5), number("", 7), null("")};
  const std::vector<RawRow> rows{{named, false}, {listed, true}};
  const auto table = request_rows(shop(), rows);
  ASSERT_TRUE(table) << table.error().message();
  EXPECT_EQ(table->rows, 2u);
  EXPECT_EQ(table->columns[0].numbers, (std::vector<double>{1.5, 2.5}));
  EXPECT_EQ(table->columns[1].text(0), "red");
  EXPECT_EQ(table->columns[1].text(1), "7");  // a number for a text column
  EXPECT_TRUE(std::isnan(table->columns[2].numbers[1]));
  const std::vector<RawValue> code{number("", 1), number("", 100000), null("")};
  const std::vector<RawRow> one{{code, true}};
  EXPECT_EQ(request_rows(shop(), one)->columns[1].text(0), "100000") << "as a file has it";
}

TEST(RequestRows, what_is_wrong_is_named) {
  struct Case {
    std::string why;
    std::vector<RawValue> values;
    bool positional;
    std::string says;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const std::vector<Case> cases = {
      {"a feature is missing", {number("price", 1), text("colour", "red")}, false, "'age'"},
      {"an unknown feature",
       {number("price", 1), text("colour", "red"), number("age", 1), number("agee", 1)},
       false,
       "did you mean 'age'"},
      {"a feature twice", {number("price", 1), number("price", 1), number("age", 1)}, false, "'price' is given twice"},
      {"text for a number", {text("price", "cheap"), text("colour", "red"), number("age", 1)}, false, "'price'"},
      {"NaN", {number("price", nan), text("colour", "red"), number("age", 1)}, false, "'price'"},
      {"infinity for a text column",
       {number("price", 1), number("colour", INFINITY), number("age", 1)},
       false,
       "'colour'"},
      {"a short list", {number("", 1), text("", "red")}, true, "3 are expected"},
      {"a long list", {number("", 1), text("", "red"), number("", 1), number("", 1)}, true, "price, colour, age"},
  };
  const std::vector<RawValue> good{number("price", 1), text("colour", "red"), number("age", 1)};
  for (const auto& c : cases) {
    const std::vector<RawRow> rows{{good, false}, {c.values, c.positional}};
    const auto table = request_rows(shop(), rows);
    ASSERT_FALSE(table) << c.why;
    EXPECT_EQ(table.error().code, ErrorCode::invalid) << c.why;
    EXPECT_NE(table.error().message().find("row 2"), std::string::npos) << table.error().message();
    EXPECT_NE(table.error().message().find(c.says), std::string::npos) << table.error().message();
  }
}

TEST(RequestRows, too_many_rows_are_refused) {
  const std::vector<RawRow> rows(10001);
  EXPECT_EQ(request_rows(shop(), rows).error().code, ErrorCode::too_large);
}

}  // namespace
}  // namespace perennial::serving
