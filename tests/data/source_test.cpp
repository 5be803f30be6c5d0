#include "data/source.hpp"
#include <gtest/gtest.h>

#include "data/files.hpp"

namespace perennial::data {
namespace {

std::vector<std::string> names_of(const Source& source) {
  std::vector<std::string> names;
  for (const auto& field : source.fields()) names.push_back(field.name);
  return names;
}

TEST(Source, says_what_is_wrong_in_one_sentence) {
  TempFolder folder;
  struct Row {
    std::string path;
    ErrorCode code;
    std::string says;
  };
  const std::vector<Row> rows = {
      {folder.path("none.csv"), ErrorCode::not_found, "no such file"},
      {folder.path("none*.csv"), ErrorCode::not_found, "no file matches"},
      {folder.write("empty.csv", ""), ErrorCode::invalid, "0 bytes"},
      {folder.write("twice.csv", "a,b,a\n1,2,3\n"), ErrorCode::invalid, "'a' occurs twice"},
      {folder.write("unnamed.csv", "a,,c\n1,2,3\n"), ErrorCode::invalid, "column 2 has no name"},
      {folder.write("data.xlsx", "a,b\n"), ErrorCode::invalid, "extension is not known"},
      {folder.write("broken.csv.gz", "this is no gzip"), ErrorCode::invalid, ""},
      {folder.write("broken.parquet", "this is no parquet file at all"), ErrorCode::invalid, ""},
      {folder.write("broken.json", "[{\"a\": 1}, {"), ErrorCode::invalid, ""},
      {folder.write("binary.csv", std::string("\x01\x02\x00\x03\n\x05", 6)), ErrorCode::invalid, "not a text file"},
      {folder.path(""), ErrorCode::invalid, "folder"},
  };
  for (const auto& row : rows) {
    auto source = Source::open(SourceSpec::file(row.path));
    ASSERT_FALSE(source) << row.path;
    EXPECT_EQ(source.error().code, row.code) << source.error().message();
    EXPECT_NE(source.error().message().find(row.says), std::string::npos) << source.error().message();
    EXPECT_NE(source.error().message().find(row.path), std::string::npos) << source.error().message();
    EXPECT_EQ(source.error().message().find('\n'), std::string::npos) << source.error().message();
  }
}

TEST(Source, reads_headers_with_quotes_line_ends_marks_and_other_delimiters) {
  TempFolder folder;
  const std::vector<std::pair<std::string, std::vector<std::string>>> rows = {
      {"\xEF\xBB\xBF\"a \"\"x\"\"\",b, c \r\n1,2,3\r\n", {"a \"x\"", "b", "c"}},
      {"a;b;\"c,d\"\n1;2;3\n", {"a", "b", "c,d"}},
      {"a\tb\n1\t2\n", {"a", "b"}},
      {"one\n1\n", {"one"}},
      {"A,a\n1,2\n", {"A", "a"}},
  };
  int number = 0;
  for (const auto& [text, names] : rows) {
    auto source = Source::open(SourceSpec::file(folder.write("h" + std::to_string(number++) + ".csv", text)));
    ASSERT_OK(source);
    EXPECT_EQ(names_of(*source), names);
    auto stream = source->rows(names);
    ASSERT_OK(stream);
    Chunk chunk;
    ASSERT_OK(stream->next(chunk));
    ASSERT_EQ(chunk.rows, 1u);
    EXPECT_EQ(chunk.columns[0].texts[0], "1");
    if (names.size() > 1) {
      EXPECT_EQ(chunk.columns[1].texts[0], "2");
    }
  }
}

TEST(Source, columns_at_the_ends_may_have_no_name) {
  TempFolder folder;
  const std::vector<std::pair<std::string, std::vector<std::string>>> rows = {
      {",a,b\n1,2,3\n", {"column_1", "a", "b"}},
      {"\"\",a\n1,2\n", {"column_1", "a"}},
      {"a,b,,\n1,2,,\n", {"a", "b", "column_3", "column_4"}},
      {",column_1\n1,2\n", {"column_1_", "column_1"}},
  };
  int number = 0;
  for (const auto& [text, names] : rows) {
    auto source = Source::open(SourceSpec::file(folder.write("n" + std::to_string(number++) + ".csv", text)));
    ASSERT_OK(source);
    EXPECT_EQ(names_of(*source), names);
    auto stream = source->rows({names[0], names[1]});
    ASSERT_OK(stream);
    Chunk chunk;
    ASSERT_OK(stream->next(chunk));
    ASSERT_EQ(chunk.rows, 1u);
    EXPECT_EQ(chunk.columns[0].texts[0], "1");
    EXPECT_EQ(chunk.columns[1].texts[0], "2");
  }
  EXPECT_FALSE(Source::open(SourceSpec::file(folder.write("all.csv", ",,\n1,2,3\n")))) << "no column has a name";
}

TEST(Source, text_may_be_utf_8_utf_16_or_latin_1) {
  TempFolder folder;
  // A block of a megabyte ends within a character.
  std::string long_file = "x,ort\n";
  while (long_file.size() < (1 << 20) - 3) long_file += "1,K\xC3\xB6ln\n";
  const std::vector<std::pair<std::string, std::string>> files = {
      {"utf8.csv", "x,ort\n1,K\xC3\xB6ln\n"},
      {"long.csv", long_file + "1,\xE6\xB8\xA9\xE5\xBA\xA6\n1,\xE6\xB8\xA9\xE5\xBA\xA6\n"},
      {"latin1.csv", "x,ort\n1,K\xF6ln\n"},
      {"late.csv", "x,ort\n1,Koeln\n2,K\xF6ln\n"},
      {"utf16.csv", std::string("\xFF\xFEx\0,\0o\0r\0t\0\n\0"
                                "1\0,\0K\0\xF6\0l\0n\0\n\0",
                                26)},
  };
  for (const auto& [name, bytes] : files) {
    const auto source = Source::open(SourceSpec::file(folder.write(name, bytes)));
    ASSERT_OK(source);
    EXPECT_EQ(names_of(*source), (std::vector<std::string>{"x", "ort"})) << name;
    auto stream = source->rows({"ort"});
    ASSERT_OK(stream);
    Chunk chunk;
    ASSERT_OK(stream->next(chunk));
    ASSERT_GT(chunk.rows, 0U);
    EXPECT_EQ(chunk.columns[0].texts[0], name == "late.csv" ? "Koeln" : "K\xC3\xB6ln") << name;
  }
}

TEST(Source, a_first_line_of_numbers_is_a_row) {
  TempFolder folder;
  const auto first_cell = [](const Source& source, const std::string& name) {
    auto stream = source.rows({name});
    Chunk chunk;
    EXPECT_TRUE(stream && stream->next(chunk));
    return chunk.rows == 0 ? std::string() : std::string(chunk.columns[0].texts[0]);
  };
  const auto bare = Source::open(SourceSpec::file(folder.write("bare.csv", "1.5,-2,3e4\n4,5,6\n")));
  ASSERT_OK(bare);
  EXPECT_EQ(names_of(*bare), (std::vector<std::string>{"column_1", "column_2", "column_3"}));
  EXPECT_EQ(first_cell(*bare, "column_3"), "3e4");
  const auto words = Source::open(SourceSpec::file(folder.write("words.csv", "country,2010,2011\nA,5,6\n")));
  ASSERT_OK(words);
  EXPECT_EQ(names_of(*words), (std::vector<std::string>{"country", "2010", "2011"})) << "years may be names";
  EXPECT_EQ(first_cell(*words, "2010"), "5");
}

TEST(Source, decimal_commas_are_read_where_commas_separate_nothing) {
  TempFolder folder;
  struct Row {
    std::string why, name, text, first;
  };
  const std::vector<Row> rows = {
      {"a decimal comma", "comma.csv", "a;b\n1,5;x\n", "1.5"},
      {"with sign, blanks and exponent", "signs.csv", "a;b\n -1,5e-3 ;x\n", " -1.5e-3 "},
      {"a point anywhere says what commas are not", "point.csv", "a;b\n1,5;2.5\n", "1,5"},
      {"a text with a comma stays", "text.csv", "a;b\nParis, 5;1,5\n", "Paris, 5"},
      {"tabs", "tabs.tsv", "a\tb\n1,5\tx\n", "1.5"},
      {"quoted in a file that commas separate", "quoted.csv", "a,b\n\"1,5\",x\n", "1,5"},
      {"thousands are no decimals", "thousands.csv", "a;b\n1.234,5;1,5\n", "1.234,5"},
  };
  for (const auto& row : rows) {
    auto source = Source::open(SourceSpec::file(folder.write(row.name, row.text)));
    ASSERT_OK(source);
    auto stream = source->rows({"a"});
    ASSERT_OK(stream);
    Chunk chunk;
    ASSERT_OK(stream->next(chunk));
    ASSERT_EQ(chunk.rows, 1u) << row.why;
    EXPECT_EQ(chunk.columns[0].texts[0], row.first) << row.why;
  }
}

TEST(Source, splits_at_blanks_without_a_header) {
  TempFolder folder;
  SourceSpec spec = SourceSpec::file(folder.write("t.txt", "1 1 -0.0007  100.0  \n1 2 0.0019 99.0  \n"));
  spec.delimiter = " ";
  spec.column_names = {"unit", "cycle", "a", "b"};
  auto source = Source::open(spec);
  ASSERT_OK(source);
  auto stream = source->rows({"b", "unit"});
  ASSERT_OK(stream);
  Chunk chunk;
  ASSERT_OK(stream->next(chunk));
  ASSERT_EQ(chunk.rows, 2u);
  EXPECT_EQ(chunk.columns[0].texts[1], "99.0");
  EXPECT_EQ(chunk.columns[1].texts[0], "1");
}

TEST(Source, reads_several_files_as_one_and_refuses_other_columns) {
  TempFolder folder;
  folder.write("p1.csv", "a,b\n1,2\n");
  folder.write("p2.csv", "a,b\n3,4\n");
  auto source = Source::open(SourceSpec::file(folder.path("p*.csv")));
  ASSERT_OK(source);
  auto stream = source->rows({"a"});
  ASSERT_OK(stream);
  std::vector<std::string> seen;
  Chunk chunk;
  for (;;) {
    ASSERT_OK(stream->next(chunk));
    if (chunk.rows == 0) break;
    for (const auto text : chunk.columns[0].texts) seen.emplace_back(text);
  }
  EXPECT_EQ(seen, (std::vector<std::string>{"1", "3"}));
  folder.write("p3.csv", "a,c\n3,4\n");
  const auto other = Source::open(SourceSpec::file(folder.path("p*.csv")));
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().message().find("other columns"), std::string::npos);
}

TEST(Source, names_the_line_of_a_broken_row) {
  TempFolder folder;
  auto source = Source::open(SourceSpec::file(folder.write("ragged.csv", "a,b\n1,2\n1,2,3\n")));
  ASSERT_OK(source);
  auto stream = source->rows({"a"});
  std::string message;
  if (!stream) {
    message = stream.error().message();
  } else {
    Chunk chunk;
    const auto status = stream->next(chunk);
    ASSERT_FALSE(status);
    message = status.error().message();
  }
  EXPECT_NE(message.find("Line: 3"), std::string::npos) << message;
}

TEST(Source, finds_files_whose_names_could_break_the_query) {
  TempFolder folder;
  auto source = Source::open(SourceSpec::file(folder.write("it's [1] *.csv", "a\n1\n")));
  ASSERT_OK(source);
  auto stream = source->rows({"a"});
  ASSERT_OK(stream);
  Chunk chunk;
  ASSERT_OK(stream->next(chunk));
  EXPECT_EQ(chunk.rows, 1u);
}

TEST(Source, reads_json_lines_and_sql_with_types) {
  TempFolder folder;
  const auto json = folder.write("a.jsonl", "{\"x\": 1, \"t\": \"u\"}\n{\"x\": 2.5, \"t\": null}\n");
  auto source = Source::open(SourceSpec::file(json));
  ASSERT_OK(source);
  EXPECT_EQ(names_of(*source), (std::vector<std::string>{"x", "t"}));
  EXPECT_EQ(source->fields()[0].type, FieldType::number);

  SourceSpec spec;
  spec.files = {json};
  spec.sql = "SELECT x * 2 AS y FROM read_json('" + json + "') ORDER BY y DESC";
  auto query = Source::open(spec);
  ASSERT_OK(query);
  auto stream = query->rows({"y"});
  ASSERT_OK(stream);
  Chunk chunk;
  ASSERT_OK(stream->next(chunk));
  EXPECT_EQ(chunk.columns[0].numbers, (std::vector<double>{5, 2}));
}

TEST(Source, names_the_nearest_column) {
  TempFolder folder;
  auto source = Source::open(SourceSpec::file(folder.write("a.csv", "price,size\n1,2\n")));
  ASSERT_OK(source);
  const auto status = source->check_columns({"prise"});
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::not_found);
  EXPECT_NE(status.error().message().find("did you mean 'price'"), std::string::npos) << status.error().message();
}

}  // namespace
}  // namespace perennial::data
