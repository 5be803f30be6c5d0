#include "data/digest.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace perennial::data {
namespace {

Table sample() {
  Table table;
  table.rows = 3;
  table.columns.push_back({"x", ColumnKind::numeric, {1, std::nan(""), 0}, {}, nullptr});
  table.columns.push_back({"c", ColumnKind::categorical, {}, {0, 1, -1}, std::make_shared<Dictionary>()});
  table.columns[1].dictionary->code_of("a");
  table.columns[1].dictionary->code_of("");
  table.times = {parse_time("2020-01-03").value(), parse_time("2020-01-05").value(), parse_time("2020-01-04").value()};
  table.entities = {"e", "f", "g"};
  return table;
}

TEST(Digest, is_of_the_content_and_not_of_how_it_was_made) {
  const std::string before = digest(sample());
  EXPECT_EQ(before.size(), 64u);
  Table other = sample();
  auto dictionary = std::make_shared<Dictionary>();
  dictionary->code_of("unused");
  other.columns[1].codes = {dictionary->code_of("a"), dictionary->code_of(""), -1};
  other.columns[1].dictionary = dictionary;
  other.columns[0].numbers = {1, -std::nan("1"), -0.0};
  EXPECT_EQ(digest(other), before);
  Table joined = sample().slice(0, 1);
  ASSERT_TRUE(joined.append(sample().slice(1, 2)));
  EXPECT_EQ(digest(joined), before);
}

TEST(Digest, changes_with_every_part) {
  const std::string before = digest(sample());
  std::vector<std::pair<const char*, void (*)(Table&)>> changes = {
      {"a value", [](Table& t) { t.columns[0].numbers[0] = std::nextafter(1.0, 2.0); }},
      {"missing for an empty text", [](Table& t) { t.columns[1].codes[1] = -1; }},
      {"a name", [](Table& t) { t.columns[0].name = "y"; }},
      {"a time", [](Table& t) { t.times[0] += Duration(1); }},
      {"an entity", [](Table& t) { t.entities[0] = "ef"; }},
      {"the order of columns", [](Table& t) { std::swap(t.columns[0], t.columns[1]); }},
      {"the order of rows", [](Table& t) { t = t.pick(std::vector<std::size_t>{1, 0, 2}); }},
  };
  for (const auto& [what, change] : changes) {
    Table table = sample();
    change(table);
    EXPECT_NE(digest(table), before) << what;
  }
}

TEST(Digest, data_version_is_the_day_of_the_newest_row) {
  EXPECT_EQ(data_version(sample()), "2020-01-05");
  EXPECT_EQ(data_version(Table{}), "");
}

}  // namespace
}  // namespace perennial::data
