#include "drift/quality/expectations.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "drift/quality/rows.hpp"

namespace perennial::drift::quality {
namespace {

std::string own(const std::string& entry) { return "expectations:\n  - " + entry + "\n"; }

std::string suite(const std::string& type, const std::string& arguments) {
  return fmt::format(
      R"({{"expectation_suite_name": "s", "meta": {{"great_expectations_version": "0.18"}},
           "expectations": [{{"expectation_type": "{}", "kwargs": {{{}}}, "meta": {{}}}}]}})",
      type, arguments);
}

TEST(Expectations, trap_45_a_rule_that_is_not_known_is_an_error_that_names_the_known_ones) {
  for (const auto& text : {own("{column: level, betwen: [1, 2]}"),
                           suite("expect_column_values_to_be_betwen", R"("column": "level", "min_value": 1)"),
                           suite("expect_column_kl_divergence_to_be_less_than", R"("column": "level")")}) {
    const auto parsed = Expectations::parse(text, "suite.json");
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::config);
    for (const char* name : {"between", "not_null", "expect_column_values_to_be_in_set"})
      EXPECT_NE(parsed.error().message().find(name), std::string::npos) << parsed.error().message();
    EXPECT_NE(parsed.error().message().find("suite.json:"), std::string::npos) << parsed.error().message();
  }
}

struct Wrong {
  const char* why;
  std::string text;
  const char* message;
};

TEST(Expectations, trap_45_nothing_of_a_rule_is_passed_over) {
  const std::vector<Wrong> rows = {
      {"a condition on rows would change the rule",
       suite("expect_column_values_to_not_be_null", R"("column": "level", "row_condition": "x > 1")"), "row_condition"},
      {"an unknown argument", suite("expect_column_values_to_be_between", R"("column": "level", "minimum": 1)"), "min"},
      {"no bound: it could not fail", suite("expect_column_values_to_be_between", R"("column": "level")"), "no bound"},
      {"bounds the wrong way round", own("{column: level, between: [5, 1]}"), "above the upper"},
      {"two rules in one entry", own("{column: level, not_null: true, unique: true}"), "one rule per entry"},
      {"no rule", own("{column: level}"), "needs a rule"},
      {"no column", own("{not_null: true}"), "column"},
      {"asks for nothing", own("{column: level, not_null: false}"), "asks for nothing"},
      {"an unknown type", own("{column: level, type: complex}"), "complex"},
      {"an empty suite", "expectations: []\n", "no expectations"},
      {"not a suite", "- 1\n", "not a suite"},
  };
  for (const auto& row : rows) {
    const auto parsed = Expectations::parse(row.text, "suite.json");
    ASSERT_FALSE(parsed) << row.why;
    EXPECT_NE(parsed.error().message().find(row.message), std::string::npos)
        << row.why << ": " << parsed.error().message();
  }
  const auto parsed = Expectations::parse(own("{column: levle, not_null: true}"), "s");
  ASSERT_TRUE(parsed);
  const auto columns = parsed->check_columns({"price", "level"});
  ASSERT_FALSE(columns);
  EXPECT_NE(columns.error().message().find("did you mean 'level'"), std::string::npos) << columns.error().message();
}

struct Judged {
  const char* why;
  std::string text;
  bool broken;
};

TEST(Expectations, both_forms_say_the_same) {
  Rng rng(3);
  Table table = stable_rows(rng, 400);
  numbers(table, "count")[200] = 77;
  const Profile profile = Profile::prepare(window_over(table), {});
  const std::vector<Judged> rows = {
      {"one value beyond", own("{column: count, between: [0, 39]}"), true},
      {"one value beyond, the other form",
       suite("expect_column_values_to_be_between", R"("column": "count", "min_value": 0, "max_value": 39)"), true},
      {"one is little enough", own("{column: count, between: [0, 39], mostly: 99%}"), false},
      {"little enough, the other form",
       suite("expect_column_values_to_be_between",
             R"("column": "count", "min_value": 0, "max_value": 39, "mostly": 0.99)"),
       false},
      {"a bound that counts", own("{column: count, between: [0, 77]}"), false},
      {"a bound that does not",
       suite("expect_column_values_to_be_between", R"("column": "count", "max_value": 77, "strict_max": true)"), true},
      {"2 % missing", own("{column: level, not_null: true}"), true},
      {"2 % missing of 5 % allowed", own("{column: level, not_null: true, mostly: 95%}"), false},
      {"2 % missing where 98 % are asked for: chance", own("{column: level, not_null: true, mostly: 98%}"), false},
      {"known kinds", own("{column: kind, in_set: [aa, bb, cc, dd, ee, ff]}"), false},
      {"one kind is not listed",
       suite("expect_column_values_to_be_in_set", R"("column": "kind", "value_set": ["aa", "bb", "cc", "dd", "ee"])"),
       true},
      {"a forbidden number", own("{column: count, not_in_set: [77]}"), true},
      {"of the type", own("{column: kind, type: text}"), false},
      {"of another type", suite("expect_column_values_to_be_of_type", R"("column": "kind", "type_": "float64")"), true},
      {"there", suite("expect_column_to_exist", R"("column": "kind")"), false},
      {"not there", suite("expect_column_to_exist", R"("column": "missing")"), true},
      {"mean within", own("{column: level, mean_between: [19, 21]}"), false},
      {"mean a little beyond: chance", own("{column: level, mean_between: [20.3, 22]}"), false},
      {"mean beyond", own("{column: level, mean_between: [22, 23]}"), true},
      {"median beyond", own("{column: level, median_between: [null, 18]}"), true},
      {"deviation beyond", own("{column: level, stdev_between: [null, 3]}"), true},
      {"deviation within", own("{column: level, stdev_between: [3, 5]}"), false},
      {"lengths", own("{column: kind, length_between: [2, 2]}"), false},
      {"wrong lengths", own("{column: kind, length_between: [3, null]}"), true},
      {"values that repeat", own("{column: count, unique: true}"), true},
      {"values that do not", own("{column: price, unique: true}"), false},
  };
  for (const auto& row : rows) {
    const auto parsed = Expectations::parse(row.text, "suite.json");
    ASSERT_TRUE(parsed) << row.why << parsed.error().message();
    const auto report = examine(profile, *parsed, window_over(table, 1000), Settings{{{}}, 50, 1e-6});
    EXPECT_EQ(report.verdict == Verdict::fail, row.broken) << row.why << "\n" << list(report);
    if (row.broken && parsed->all()[0].column == "count" && parsed->all()[0].rule != "unique") {
      EXPECT_EQ(report.findings.at(0).since_row, 1200U) << list(report);
    }
  }
}

TEST(Expectations, every_rule_is_described) {
  for (const auto& rule : rules().members()) {
    EXPECT_FALSE(rule.entry.summary.empty()) << rule.entry.name;
    EXPECT_FALSE(rule.known_as.empty()) << rule.entry.name;
  }
}

}  // namespace
}  // namespace perennial::drift::quality
