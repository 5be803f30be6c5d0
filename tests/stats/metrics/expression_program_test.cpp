#include "stats/metrics/expression_program.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "core/limits.hpp"

namespace perennial::stats {
namespace {

const std::vector<std::string> names{"a", "b", "long_name2"};

double run(const std::string& text) {
  const auto program = ExpressionProgram::parse(text, names);
  EXPECT_TRUE(program) << program.error().message();
  std::vector<double> stack;
  return program ? program->run(std::vector<double>{3, -2, 10}, stack) : std::nan("");
}

TEST(ExpressionProgram, known_answers) {
  struct Row {
    std::string text;
    double value;
  };
  for (const auto& row : std::vector<Row>{
           {"1", 1},
           {" a ", 3},
           {"a+b*long_name2", -17},
           {"(a+b)*long_name2", 10},
           {"a-b-1", 4},
           {"12/a/2", 2},
           {"-a*-b", -6},
           {"--a", 3},
           {"1.5e2 + .5", 150.5},
           {"a > b", 1},
           {"a <= b", 0},
           {"a == 3", 1},
           {"a != 3", 0},
           {"(a >= 3) * 7 + (b < -2)", 7},
           {"abs(b) + min(a, b) + max(a, b)", 3},
           {"sqrt(a * a)", 3},
           {"log(exp(b))", -2},
           {"max(min(a, 1), 2) * (a < 4)", 2},
           {"a\t+\n1", 4},
       })
    EXPECT_DOUBLE_EQ(run(row.text), row.value) << row.text;
  EXPECT_TRUE(std::isinf(run("a/0")));
  EXPECT_TRUE(std::isnan(run("sqrt(b)")));
}

TEST(ExpressionProgram, errors_say_where_and_what_is_known) {
  struct Row {
    std::string text;
    std::string says;
  };
  for (const auto& row : std::vector<Row>{
           {"", "empty"},
           {"   ", "empty"},
           {"a +", "ends too early"},
           {"a b", "'b' at position 3"},
           {"a + c", "known: a, b, long_name2"},
           {"long_name * 2", "did you mean 'long_name2'"},
           {"(a", "ends too early"},
           {"a)", "')' at position 2"},
           {"system(1)", "known: abs, sqrt, exp, log, min, max"},
           {"min(a)", "min takes 2 values, not 1"},
           {"abs(a, b)", "abs takes 1 value, not 2"},
           {"1e999", "no number"},
           {"a < b < 3", "'<' at position 7"},
           {"a = 3", "'=' at position 3"},
           {"a; b", "';' at position 2"},
           {"a[0]", "'[' at position 2"},
           {"a ** 2", "'*' at position 4"},
           {"\xff", "position 1"},
       }) {
    const auto program = ExpressionProgram::parse(row.text, names);
    ASSERT_FALSE(program) << row.text;
    EXPECT_EQ(program.error().code, ErrorCode::config);
    EXPECT_NE(program.error().message().find(row.says), std::string::npos) << program.error().message();
  }
}

TEST(ExpressionProgram, length_and_depth_are_bounded) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "a" + std::string(depth, ')'); };
  EXPECT_EQ(run(nested(limits::expression_depth - 1)), 3);
  EXPECT_FALSE(ExpressionProgram::parse(nested(limits::expression_depth), names));
  EXPECT_FALSE(ExpressionProgram::parse(std::string(limits::expression_depth, '-') + "a", names));
  std::string longest = "1";
  while (longest.size() + 2 <= limits::expression_bytes) longest += "+1";
  EXPECT_EQ(run(longest), std::ceil(static_cast<double>(longest.size()) / 2));
  longest.append(limits::expression_bytes + 1 - longest.size(), ' ');
  const auto longer = ExpressionProgram::parse(longest, names);
  ASSERT_FALSE(longer);
  EXPECT_NE(longer.error().message().find("512"), std::string::npos) << longer.error().message();
}

TEST(ExpressionProgram, knows_which_names_it_uses) {
  const auto program = ExpressionProgram::parse("a * 2 + long_name2", names);
  ASSERT_TRUE(program);
  EXPECT_TRUE(program->uses(0));
  EXPECT_FALSE(program->uses(1));
  EXPECT_TRUE(program->uses(2));
}

}  // namespace
}  // namespace perennial::stats
