#include "data/schema.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "data/files.hpp"

namespace perennial::data {
namespace {

TEST(Schema, describes_each_column_in_one_pass) {
  TempFolder folder;
  std::string text = "\"row id\",const,text,gap,when,half,thousands,mixed\r\n";
  for (int i = 0; i < 100; ++i)
    text += fmt::format("{},7,{},{},2026-{:02}-{:02},{},\"{},000\",{}\r\n", i + 10, i % 3 == 0 ? "\"a, b\"" : "c",
                        i % 4 == 0 ? "" : (i % 5 == 0 ? "NA" : "1.5"), 1 + i / 28, 1 + i % 28, i * 0.5, i + 1,
                        i == 50 ? "oops" : std::to_string(i % 7));
  const auto schema = infer_schema(SourceSpec::file(folder.write("all.csv", text)));
  ASSERT_OK(schema);
  EXPECT_EQ(schema->rows, 100u);
  const auto& id = *schema->find("row id");
  EXPECT_EQ(id.kind, ColumnKind::numeric);
  EXPECT_TRUE(id.never_decreases && id.is_integer);
  EXPECT_EQ(id.min, 10);
  EXPECT_EQ(id.max, 109);
  EXPECT_EQ(id.distinct, 100u);
  EXPECT_EQ(id.first, "10");
  EXPECT_EQ(id.last, "109");
  EXPECT_EQ(id.examples, (std::vector<std::string>{"10", "11", "12"}));
  EXPECT_TRUE(schema->find("const")->is_constant);
  EXPECT_FALSE(schema->find("const")->never_decreases) << "a constant is no clock";
  const auto& words = *schema->find("text");
  EXPECT_EQ(words.kind, ColumnKind::categorical);
  EXPECT_EQ(words.values, (std::vector<std::pair<std::string, std::uint64_t>>{{"a, b", 34}, {"c", 66}}));
  const auto& gap = *schema->find("gap");
  EXPECT_EQ(gap.kind, ColumnKind::numeric);
  EXPECT_EQ(gap.missing, 25u + 15u);
  EXPECT_TRUE(schema->find("when")->is_time && schema->find("when")->never_decreases);
  EXPECT_FALSE(schema->find("half")->is_integer);
  EXPECT_EQ(schema->find("thousands")->kind, ColumnKind::numeric);
  const auto& mixed = *schema->find("mixed");
  EXPECT_EQ(mixed.kind, ColumnKind::numeric);
  EXPECT_EQ(mixed.unparsable, 1u);
  const auto status = check_values(*schema, {"row id", "mixed"});
  ASSERT_FALSE(status);
  EXPECT_NE(status.error().message().find("'mixed' has the text 'oops' in row 50"), std::string::npos)
      << status.error().message();
  EXPECT_TRUE(check_values(*schema, {"row id", "text"}).has_value());
}

TEST(Schema, header_only_is_one_clear_sentence) {
  TempFolder folder;
  for (const std::string text : {"a,b\n", "a,b", "a,b\r\n"}) {
    const auto schema = infer_schema(SourceSpec::file(folder.write("h.csv", text)));
    ASSERT_FALSE(schema);
    EXPECT_NE(schema.error().message().find("the file has no rows"), std::string::npos) << schema.error().message();
  }
}

TEST(Schema, infinities_do_not_make_numbers_a_text) {
  TempFolder folder;
  std::string text = "a,b,c\n";
  for (int i = 0; i < 100; ++i)
    text += fmt::format("{},{},{}\n", i % 5 == 0 ? "-inf" : fmt::format("{}", 0.5 + i), i % 5 == 0 ? "infinite" : "1",
                        "Infinity");
  const auto schema = infer_schema(SourceSpec::file(folder.write("i.csv", text)));
  ASSERT_OK(schema);
  EXPECT_EQ(schema->find("a")->kind, ColumnKind::numeric);
  EXPECT_EQ(schema->find("a")->unparsable, 20u);
  EXPECT_EQ(schema->find("a")->distinct, 80u);
  EXPECT_EQ(schema->find("b")->kind, ColumnKind::categorical) << "a word among numbers is still a word";
  EXPECT_EQ(schema->find("c")->distinct, 0u);
}

TEST(Schema, three_rows_and_no_last_line_end_are_enough_to_describe) {
  TempFolder folder;
  const auto schema = infer_schema(SourceSpec::file(folder.write("s.csv", "a,b\n1,x\n2,y\n3,")));
  ASSERT_OK(schema);
  EXPECT_EQ(schema->rows, 3u);
  EXPECT_EQ(schema->find("b")->missing, 1u);
}

TEST(Schema, stops_counting_distinct_values_at_its_bound) {
  TempFolder folder;
  std::string text = "a,b\n";
  for (std::size_t i = 0; i < distinct_values_counted + 5000; ++i) text += fmt::format("{},t{}\n", i, i);
  const auto schema = infer_schema(SourceSpec::file(folder.write("d.csv", text)));
  ASSERT_OK(schema);
  for (const auto& column : schema->columns) {
    EXPECT_TRUE(column.distinct_at_least);
    EXPECT_FALSE(column.is_constant);
    EXPECT_TRUE(column.values.empty());
  }
  EXPECT_EQ(schema->find("a")->distinct, distinct_values_counted);
  EXPECT_EQ(schema->find("b")->distinct, distinct_values_counted);
}

TEST(Schema, counts_measurements_of_a_long_file_less_far) {
  TempFolder folder;
  std::string text = "a,b\n";
  const auto row = [&](std::size_t a) { text += fmt::format("{},t{}\n", a, a); };
  for (std::size_t i = 0; i < rows_counted_exactly; ++i) row(i % (distinct_numbers_counted + 50));
  row(distinct_numbers_counted + 60);
  row(distinct_numbers_counted + 70);
  const auto schema = infer_schema(SourceSpec::file(folder.write("d.csv", text)));
  ASSERT_OK(schema);
  EXPECT_TRUE(schema->find("a")->distinct_at_least);
  EXPECT_EQ(schema->find("a")->distinct, distinct_numbers_counted + 50);
  EXPECT_FALSE(schema->find("b")->distinct_at_least) << "texts may be names, so it matters how many";
  EXPECT_EQ(schema->find("b")->distinct, distinct_numbers_counted + 52);
}

TEST(Schema, one_number_in_two_spellings_is_one_value) {
  TempFolder folder;
  const auto schema = infer_schema(SourceSpec::file(folder.write("d.csv", "a\n1\n1.0\n01\n0\n-0\n")));
  ASSERT_OK(schema);
  EXPECT_EQ(schema->columns[0].values, (std::vector<std::pair<std::string, std::uint64_t>>{{"0", 2}, {"1", 3}}));
}

TEST(Schema, an_unknown_format_is_an_error_that_names_the_known_ones) {
  TempFolder folder;
  const auto schema = infer_schema(SourceSpec::file(folder.write("a.feather", "x")));
  ASSERT_FALSE(schema);
  EXPECT_NE(schema.error().message().find(".parquet"), std::string::npos);
}

TEST(Schema, describes_real_files) {
  struct Row {
    std::string file;
    std::uint64_t rows;
    std::string column;
    ColumnKind kind;
    std::uint64_t distinct;
    bool clock;
  };
  const std::vector<Row> rows = {
      {"elec2.csv.gz", 45312, "class", ColumnKind::categorical, 2, false},
      {"elec2.csv.gz", 45312, "date", ColumnKind::numeric, 933, false},
      {"bank_marketing.csv.gz", 41188, "job", ColumnKind::categorical, 12, false},
      {"bike_sharing_hourly.csv.gz", 17379, "instant", ColumnKind::numeric, 17379, true},
      {"bike_sharing_hourly.csv.gz", 17379, "dteday", ColumnKind::categorical, 731, true},
      {"airline_passengers.csv", 144, "month", ColumnKind::categorical, 144, true},
      {"trump_approval.csv", 1001, "ordinal_date", ColumnKind::numeric, 1001, true},
      {"phishing.csv", 1250, "is_phishing", ColumnKind::numeric, 2, false},
  };
  SKIP_WITHOUT(shared_file("elec2.csv.gz"));
  for (const auto& row : rows) {
    const auto schema = infer_schema(SourceSpec::file(shared_file(row.file)));
    ASSERT_OK(schema);
    EXPECT_EQ(schema->rows, row.rows) << row.file;
    const auto* column = schema->find(row.column);
    ASSERT_NE(column, nullptr);
    EXPECT_EQ(column->kind, row.kind) << row.file << " " << row.column;
    EXPECT_EQ(column->distinct, row.distinct) << row.file << " " << row.column;
    EXPECT_EQ(column->never_decreases, row.clock) << row.file << " " << row.column;
  }
}

}  // namespace
}  // namespace perennial::data
