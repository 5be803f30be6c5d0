// Files as people have them: each goes through `init` and `replay` with nothing edited by hand.

#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include <cmath>

#include "process/odd_files.hpp"

namespace perennial::process {
namespace {

using Strings = std::vector<std::string>;
using R = const OddRow&;

struct Odd {
  std::string what, name, bytes, target = "y";
  Strings more{};
  std::string task = "regression";
  Strings learns{};    ///< in features.include, in this order
  std::string says{};  ///< a part of what init or replay notes
};

/// The columns of `include: [...]` in the config.
std::string include_of(const std::string& config) {
  const auto from = config.find("include: [");
  if (from == std::string::npos) return "no include";
  return config.substr(from + 10, config.find("]\n", from) - from - 10);
}

void check(const Folder& folder, const Odd& odd) {
  SCOPED_TRACE(odd.what);
  write_text(folder / odd.name, odd.bytes);
  const Taken taken = take(folder, odd.name, odd.target, odd.more);
  ASSERT_EQ(taken.init.exit_code, 0) << taken.init.err;
  EXPECT_EQ(include_of(taken.config), fmt::format("{}", fmt::join(odd.learns, ", "))) << taken.init.err;
  EXPECT_NE(taken.config.find(": " + odd.task + "}"), std::string::npos) << taken.config;
  ASSERT_TRUE(taken.finished()) << taken.replay.err;
  EXPECT_TRUE(taken.report.at("score").is_number()) << taken.report.at("metric");
  EXPECT_GT(taken.report.at("scored_rows").get<std::uint64_t>(), 100u);
  const std::string said = taken.init.err + taken.replay.err;
  EXPECT_NE(said.find(odd.says), std::string::npos) << said;
}

TEST(OddFiles, values_that_are_missing_constant_or_odd) {
  const Folder folder;
  const auto maybe = [](R row, const std::string& text, double share) { return row.coin < share ? "" : text; };
  const std::vector<Odd> files = {
      {"a constant column",
       "constant.csv",
       odd_csv("a,k,b,y", [](R r) { return fmt::format("{:.5f},7,{:.5f},{:.5f}", r.a, r.b, r.y); }),
       "y",
       {},
       "regression",
       {"a", "b"},
       "'k' never changes"},
      {"a column without values",
       "nothing.csv",
       odd_csv("a,nothing,y", [](R r) { return fmt::format("{:.5f},,{:.5f}", r.a, r.y); }),
       "y",
       {},
       "regression",
       {"a"},
       "'nothing' has no values"},
      {"one value or none: that it is missing says something",
       "presence.csv",
       odd_csv("a,flag,y", [](R r) { return fmt::format("{:.5f},{},{:.5f}", r.a, r.b > 0.5 ? "x" : "", r.y); }),
       "y",
       {},
       "regression",
       {"a", "flag"}},
      {"numbers that are missing, in two spellings",
       "numbers.csv",
       odd_csv("a,b,y",
               [&](R r) {
                 return fmt::format("{},{},{:.5f}", maybe(r, r.text(r.a), 0.2), r.coin > 0.9 ? "NA" : r.text(r.b), r.y);
               }),
       "y",
       {},
       "regression",
       {"a", "b"}},
      {"texts that are missing",
       "texts.csv",
       odd_csv("a,word,y", [&](R r) { return fmt::format("{:.5f},{},{:.5f}", r.a, maybe(r, r.word, 0.2), r.y); }),
       "y",
       {},
       "regression",
       {"a", "word"}},
      {"targets that are missing",
       "labels.csv",
       odd_csv("a,b,y", [&](R r) { return fmt::format("{:.5f},{:.5f},{}", r.a, r.b, maybe(r, r.text(r.y), 0.3)); }),
       "y",
       {},
       "regression",
       {"a", "b"}},
      {"classes that are missing",
       "classes.csv",
       odd_csv("a,b,y",
               [&](R r) { return fmt::format("{:.5f},{:.5f},{}", r.a, r.b, maybe(r, r.y > 0.5 ? "hi" : "lo", 0.3)); }),
       "y",
       {},
       "classification",
       {"a", "b"}},
      {"ids of nearly every row and of many shops",
       "ids.csv",
       odd_csv("id,a,shop,y",
               [](R r) { return fmt::format("c{},{:.5f},s{},{:.5f}", r.number, r.a, int(r.coin * 200), r.y); }),
       "y",
       {},
       "regression",
       {"a", "shop"},
       "'id' is different in nearly every row ('c0')"},
      {"booleans as words",
       "booleans.csv",
       odd_csv("a,flag,y", [](R r) { return fmt::format("{:.5f},{},{:.5f}", r.a, r.b > 0.5 ? "true" : "False", r.y); }),
       "y",
       {},
       "regression",
       {"a", "flag"}},
      {"a boolean as target",
       "yesno.csv",
       odd_csv("a,b,y", [](R r) { return fmt::format("{:.5f},{:.5f},{}", r.a, r.b, r.y > 0.5); }),
       "y",
       {},
       "classification",
       {"a", "b"}},
      {"dates in any order",
       "dates.csv",
       odd_csv("a,signup,b,y",
               [](R r) {
                 return fmt::format("{:.5f},20{:02}-0{}-11,{:.5f},{:.5f}", r.a, 10 + int(r.coin * 14), 1 + int(r.b * 9),
                                    r.b, r.y);
               }),
       "y",
       {},
       "regression",
       {"a", "b"},
       "'signup' holds dates"},
      {"numbers and words in one column",
       "mixed.csv",
       odd_csv("a,m,y", [](R r) { return fmt::format("{:.5f},{},{:.5f}", r.a, r.coin < 0.5 ? "12" : r.word, r.y); }),
       "y",
       {},
       "regression",
       {"a", "m"}},
      {"one word among numbers",
       "late.csv",
       odd_csv("a,b,y",
               [](R r) { return fmt::format("{:.5f},{},{:.5f}", r.a, r.number == 600 ? "err" : r.text(r.b), r.y); }),
       "y",
       {},
       "regression",
       {"a", "b"},
       "column 'b': 1 values are no numbers and count as missing"},
  };
  for (const auto& odd : files) check(folder, odd);
}

TEST(OddFiles, ways_to_write_a_text_file) {
  const Folder folder;
  const auto plain = [](R r) { return fmt::format("{:.5f},{:.5f},{:.5f}", r.a, r.b, r.y); };
  const auto with = [](std::string text, char separator, char point) {
    for (char& c : text) c = c == ',' ? separator : c == '.' ? point : c;
    return text;
  };
  write_text(folder / "plain.csv", odd_csv("a,b,y", plain));
  ASSERT_EQ(duckdb_run(fmt::format("COPY (SELECT * FROM '{}') TO '{}' (FORMAT csv, HEADER, COMPRESSION gzip)",
                                   (folder / "plain.csv").string(), (folder / "zipped.csv.gz").string())),
            "");
  const std::string zipped = read_text(folder / "zipped.csv.gz");
  ASSERT_TRUE(zipped.starts_with("\x1f\x8b"));
  const std::vector<Odd> files = {
      {"quotes, commas and newlines in a cell",
       "quoted.csv",
       odd_csv("a,\"note, long\",b,y",
               [](R r) {
                 return fmt::format("{:.5f},\"x, \"\"{}\"\"\nsecond line\",{:.5f},{:.5f}", r.a, r.word, r.b, r.y);
               }),
       "y",
       {},
       "regression",
       {"a", "\"note, long\"", "b"}},
      {"a byte order mark", "bom.csv", "\xef\xbb\xbf" + odd_csv("a,b,y", plain), "y", {}, "regression", {"a", "b"}},
      {"ends of lines of another system",
       "crlf.csv",
       odd_csv("a,b,y", plain, 700, "\r\n"),
       "y",
       {},
       "regression",
       {"a", "b"}},
      {"separated by semicolons",
       "semicolons.csv",
       odd_csv("a;b;y", [&](R r) { return with(plain(r), ';', '.'); }),
       "y",
       {},
       "regression",
       {"a", "b"}},
      {"separated by semicolons, with decimal commas",
       "commas.csv",
       odd_csv("a;b;y", [&](R r) { return with(plain(r), ';', ','); }),
       "y",
       {},
       "regression",
       {"a", "b"}},
      {"separated by tabs",
       "tabs.tsv",
       odd_csv("a\tb\ty", [&](R r) { return with(plain(r), '\t', '.'); }),
       "y",
       {},
       "regression",
       {"a", "b"}},
      {"an index that was written along",
       "index.csv",
       odd_csv(",a,b,y", [&](R r) { return fmt::format("{},{}", r.number, plain(r)); }),
       "y",
       {},
       "regression",
       {"a", "b"},
       "'column_1' only ever grows"},
      {"separators at the end of lines",
       "trailing.csv",
       odd_csv("a,b,y,,", [&](R r) { return plain(r) + ",,"; }),
       "y",
       {},
       "regression",
       {"a", "b"},
       "'column_4' has no values"},
      {"names of another alphabet",
       "names.csv",
       odd_csv("größe,温度,y", plain),
       "y",
       {},
       "regression",
       {"\"größe\"", "\"温度\""}},
      {"names with blanks, colons and hashes",
       "blanks.csv",
       odd_csv("living area,#rooms: all,sale price", plain),
       "sale price",
       {},
       "regression",
       {"\"living area\"", "\"#rooms: all\""}},
      {"names that mean something in YAML",
       "yaml.csv",
       odd_csv("on,null,true", plain),
       "true",
       {},
       "regression",
       {"on", "\"null\""}},
      {"gzip", "zipped.csv.gz", zipped, "y", {}, "regression", {"a", "b"}},
      {"Latin-1",
       "latin.csv",
       odd_csv("a,gr\xF6\xDF"
               "e,y",
               plain),
       "y",
       {},
       "regression",
       {"a", "\"größe\""}},
      {"no header, and nothing but numbers",
       "bare.csv",
       odd_csv("0.5,0.5,0.5", plain),
       "column_3",
       {},
       "regression",
       {"column_1", "column_2"}},
      {"amounts as a spreadsheet shows them",
       "amounts.csv",
       odd_csv("a,share,y",
               [](R r) {
                 return fmt::format("{:.5f},{:.1f}%,\"$1,{:03}.50\"", r.a, 100 * r.b, static_cast<int>(100 + 50 * r.y));
               }),
       "y",
       {},
       "regression",
       {"a", "share"}},
  };
  for (const auto& odd : files) check(folder, odd);
}

TEST(OddFiles, typed_files) {
  const Folder folder;
  std::string records = "[";
  std::string newline;
  for (const auto& row : odd_rows(700)) {
    const std::string one = fmt::format(R"({{"a": {:.5f}, "word": {}, "flag": {}, "y": {:.5f}}})", row.a,
                                        row.coin < 0.1 ? "null" : "\"" + row.word + "\"", row.b > 0.5, row.y);
    records += (records.size() > 1 ? ",\n" : "") + one;
    newline += one + "\n";
  }
  const std::vector<Odd> files = {
      {"JSON records", "records.json", records + "]", "y", {}, "regression", {"a", "word", "flag"}},
      {"newline-delimited JSON", "lines.ndjson", newline, "y", {}, "regression", {"a", "word", "flag"}},
      {"newline-delimited JSON that is called .json",
       "lines.json",
       newline,
       "y",
       {},
       "regression",
       {"a", "word", "flag"}},
  };
  for (const auto& odd : files) check(folder, odd);

  // As DuckDB writes it: every type that such a table is likely to have.
  const std::string parquet = (folder / "typed.parquet").string();
  ASSERT_EQ(duckdb_run(fmt::format(
                "COPY (SELECT TIMESTAMP '2024-01-01' + to_minutes(i::INT) AS at, i::BIGINT AS row_number, "
                "(i * 7919 % 1000 / 1000.0)::DECIMAL(9,3) AS amount, (i * 104729 % 997 / 997.0)::FLOAT AS ratio, "
                "(i % 3 = 0) AS flag, (['red','green','blue'])[1 + i % 3] AS colour, "
                "uuid() AS id, DATE '2020-01-01' + (i * 31 % 900)::INT AS born, "
                "(i % 50)::HUGEINT AS big, CASE WHEN i % 10 = 0 THEN NULL ELSE i % 7 END::TINYINT AS small, "
                "2 * (i * 7919 % 1000 / 1000.0) + (i % 3) AS y FROM range(1200) t(i)) TO '{}' (FORMAT parquet)",
                parquet)),
            "");
  const Taken taken = take(folder, "typed.parquet", "y", {"--timestamp", "at"});
  ASSERT_EQ(taken.init.exit_code, 0) << taken.init.err;
  EXPECT_EQ(include_of(taken.config), "amount, ratio, flag, colour, big, small") << taken.init.err;
  EXPECT_NE(taken.config.find("iso(at)"), std::string::npos) << taken.config;
  ASSERT_TRUE(taken.finished()) << taken.replay.err;
  EXPECT_LT(taken.report.at("score").get<double>(), 0.3) << "y follows from amount and colour";
}

TEST(OddFiles, targets_with_many_classes) {
  const Folder folder;
  const auto level = [](R r) { return std::min(29, std::max(0, int((r.y + 2) * 6))); };
  check(folder, {"thirty classes",
                 "thirty.csv",
                 odd_csv(
                     "a,b,y", [&](R r) { return fmt::format("{:.5f},{:.5f},k{}", r.a, r.b, level(r)); }, 1500),
                 "y",
                 {},
                 "classification",
                 {"a", "b"}});
  check(folder, {"five whole numbers",
                 "grades.csv",
                 odd_csv(
                     "a,b,y", [&](R r) { return fmt::format("{:.5f},{:.5f},{}", r.a, r.b, level(r) / 6); }, 1500),
                 "y",
                 {},
                 "classification",
                 {"a", "b"}});
}

TEST(OddFiles, a_rare_class_that_a_column_tells_apart_is_learned) {
  const Folder folder;
  // One row in 200 is a fraud: where a is above 0.995.
  write_text(folder / "rare.csv",
             odd_csv(
                 "a,b,fraud", [](R r) { return fmt::format("{:.5f},{:.5f},{}", r.a, r.b, r.a > 0.995 ? "yes" : "no"); },
                 5000));
  const Taken taken = take(folder, "rare.csv", "fraud");
  ASSERT_TRUE(taken.finished()) << taken.init.err << taken.replay.err;
  EXPECT_EQ(taken.report.at("metric"), "fraud.auc");
  EXPECT_GT(taken.report.at("score").get<double>(), 0.9) << "0.5 is to have learned nothing";
}

TEST(OddFiles, time_that_goes_backwards_ties_or_counts_and_entities_that_are_numbers) {
  const Folder folder;
  const auto values = [](R r) { return fmt::format("{:.5f},{:.5f},{:.5f}", r.a, r.b, r.y); };
  const std::vector<Odd> files = {
      {"newest first",
       "backwards.csv",
       odd_csv("t,a,b,y",
               [&](R r) {
                 OddRow mirrored = r;
                 mirrored.number = 700 - r.number;
                 return mirrored.hour() + "," + values(r);
               }),
       "y",
       {"--timestamp", "t"},
       "regression",
       {"a", "b"},
       "699 rows were earlier than the row before them"},
      {"fifty rows at each instant",
       "ties.csv",
       odd_csv("t,a,b,y",
               [&](R r) {
                 OddRow tied = r;
                 tied.number = r.number / 50;
                 return tied.hour() + "," + values(r);
               }),
       "y",
       {"--timestamp", "t"},
       "regression",
       {"a", "b"},
       "686 rows have the same time as the row before them"},
      {"days as spreadsheets write them",
       "slashes.csv",
       odd_csv(
           "t,a,b,y",
           [&](R r) { return fmt::format("{}/{}/2019,{}", 1 + r.number / 28 % 12, 1 + r.number % 28, values(r)); },
           300),
       "y",
       {"--timestamp", "t"},
       "regression",
       {"a", "b"}},
      {"year, month, day and hour",
       "parts.csv",
       odd_csv("year,month,day,hour,a,b,y",
               [&](R r) {
                 return fmt::format("2019,{},{},{},{}", 1 + r.number / 28 / 24 % 12, 1 + r.number / 24 % 28,
                                    r.number % 24, values(r));
               }),
       "y",
       {"--timestamp", "year", "month", "day", "hour"},
       "regression",
       {"a", "b"}},
      {"units that are numbers, with a cycle each",
       "units.csv",
       odd_csv("unit,cycle,a,b,y",
               [&](R r) { return fmt::format("{},{},{}", 1 + r.number % 7, 1 + r.number / 7, values(r)); }),
       "y",
       {"--timestamp", "cycle", "--entity", "unit"},
       "regression",
       {"a", "b"}},
      {"rows without their unit",
       "nobody.csv",
       odd_csv("unit,cycle,a,b,y",
               [&](R r) { return fmt::format("{},{},{}", r.coin < 0.1 ? "" : "u1", 1 + r.number / 7, values(r)); }),
       "y",
       {"--timestamp", "cycle", "--entity", "unit"},
       "regression",
       {"a", "b"}},
      {"nothing but a calendar",
       "calendar.csv",
       odd_csv("t,y", [&](R r) { return r.hour() + "," + r.text(std::sin(double(r.number % 24) / 4)); }),
       "y",
       {"--timestamp", "t"},
       "regression",
       {}},
  };
  for (const auto& odd : files) check(folder, odd);
}

}  // namespace
}  // namespace perennial::process
