#include "drift/quality/triage.hpp"

#include <gtest/gtest.h>

namespace perennial::drift::quality {
namespace {

Finding finding(const std::string& check, const std::string& column, Severity severity, std::uint64_t row) {
  Finding one;
  one.check = check;
  one.column = column;
  one.severity = severity;
  one.since_row = row;
  one.detail = "something is odd";
  return one;
}

DriftReport drifting(std::vector<std::string> columns) {
  DriftReport report;
  report.verdict = columns.empty() ? Verdict::pass : Verdict::fail;
  report.drift = !columns.empty();
  for (const auto& column : columns) {
    ColumnDrift entry;
    entry.column = column;
    entry.test = "ks";
    entry.drift = true;
    report.columns.push_back(entry);
  }
  report.drifting_columns = std::move(columns);
  return report;
}

struct Row {
  const char* why;
  std::vector<Finding> findings;
  std::optional<DriftReport> drift;
  Cause cause;
  std::string column;
  std::string words;  ///< a part of the sentence
};

TEST(Triage, tells_a_bug_from_drift) {
  const std::vector<Row> rows = {
      {"nothing", {}, drifting({}), Cause::none, "", ""},
      {"no report at all", {}, std::nullopt, Cause::none, "", ""},
      {"the inputs moved", {}, drifting({"age", "income"}), Cause::drift, "age", "nothing looks broken"},
      {"moved, and something is unusual",
       {finding("range", "age", Severity::warning, 5)},
       drifting({"age"}),
       Cause::drift,
       "age",
       "though column age: something is odd"},
      {"a warning alone is neither",
       {finding("range", "age", Severity::warning, 5)},
       drifting({}),
       Cause::none,
       "",
       ""},
      {"a fault moves the inputs too: still a bug",
       {finding("unit", "age", Severity::fault, 70)},
       drifting({"age"}),
       Cause::bug,
       "age",
       "column age is broken since row 70: something is odd"},
      {"the column that broke first is named",
       {finding("nulls", "b", Severity::fault, 90), finding("unit", "a", Severity::fault, 70)},
       std::nullopt,
       Cause::bug,
       "a",
       "and 1 more fault"},
      {"whole rows", {finding("duplicates", "", Severity::fault, 3)}, std::nullopt, Cause::bug, "", "the rows"},
  };
  for (const auto& row : rows) {
    Report report;
    report.findings = row.findings;
    const auto found = triage(report, row.drift);
    EXPECT_EQ(found.cause, row.cause) << row.why;
    EXPECT_EQ(found.column, row.column) << row.why;
    EXPECT_NE(found.sentence.find(row.words), std::string::npos) << row.why << ": " << found.sentence;
    EXPECT_EQ(found.sentence.empty(), row.cause == Cause::none) << row.why;
  }
}

}  // namespace
}  // namespace perennial::drift::quality
