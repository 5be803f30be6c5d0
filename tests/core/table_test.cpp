#include "core/table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "core/limits.hpp"

namespace perennial {
namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

Table rows(std::vector<double> ages, const std::vector<std::string>& cities,
           std::shared_ptr<Dictionary> dictionary = nullptr) {
  if (dictionary == nullptr) dictionary = std::make_shared<Dictionary>();
  Table table;
  table.rows = ages.size();
  Column city{"city", ColumnKind::categorical, {}, {}, dictionary};
  for (const auto& name : cities) city.codes.push_back(name.empty() ? -1 : dictionary->code_of(name));
  for (std::size_t i = 0; i < ages.size(); ++i) {
    table.times.push_back(TimePoint(std::chrono::seconds(i)));
    table.entities.push_back("e" + std::to_string(i));
  }
  table.columns = {Column{"age", ColumnKind::numeric, std::move(ages), {}, nullptr}, std::move(city)};
  return table;
}

TEST(Table, append_translates_codes_of_another_dictionary) {
  Table a = rows({1, 2}, {"rome", "oslo"});
  const Table b = rows({3, missing, 5}, {"oslo", "", "lima"});
  ASSERT_TRUE(a.append(b));
  ASSERT_EQ(a.rows, 5U);
  const Column& city = *a.find("city");
  EXPECT_EQ(city.text(1), "oslo");
  EXPECT_EQ(city.text(2), "oslo");
  EXPECT_EQ(city.codes[1], city.codes[2]) << "one value, one code";
  EXPECT_EQ(city.codes[3], -1) << "missing stays missing";
  EXPECT_EQ(city.text(4), "lima");
  EXPECT_TRUE(std::isnan(a.find("age")->numbers[3]));
  EXPECT_EQ(a.entities.size(), 5U);
  EXPECT_EQ(a.times.size(), 5U);
  EXPECT_EQ(b.find("city")->text(0), "oslo") << "the other table is as it was";
}

TEST(Table, append_leaves_the_words_of_copies_alone) {
  const Table first = rows({1}, {"rome"});
  Table all;
  ASSERT_TRUE(all.append(first));
  ASSERT_TRUE(all.append(rows({2}, {"oslo"})));
  EXPECT_EQ(first.find("city")->dictionary->size(), 1U) << "another thread may be reading it";
  const Table slice = all.slice(0, 2);
  ASSERT_TRUE(all.append(rows({3, 4}, {"rome", "lima"})));
  EXPECT_EQ(slice.find("city")->dictionary->size(), 2U);
  EXPECT_EQ(slice.find("city")->text(1), "oslo");
  const Column& city = *all.find("city");
  EXPECT_EQ(city.text(0), "rome");
  EXPECT_EQ(city.codes[0], city.codes[2]) << "one value, one code";
  EXPECT_EQ(city.text(3), "lima");
}

TEST(Table, append_copies_no_dictionary_that_nobody_else_holds) {
  Table all = rows({1}, {"rome"});
  const auto* dictionary = all.find("city")->dictionary.get();
  ASSERT_TRUE(all.append(rows({2}, {"oslo"})));
  EXPECT_EQ(all.find("city")->dictionary.get(), dictionary);
}

TEST(Table, append_to_nothing_takes_the_columns) {
  Table a;
  ASSERT_TRUE(a.append(rows({1}, {"rome"})));
  EXPECT_EQ(a.rows, 1U);
  EXPECT_EQ(a.find("city")->text(0), "rome");
}

TEST(Table, append_refuses_other_columns_and_half_known_times) {
  Table a = rows({1}, {"rome"});
  Table renamed = rows({1}, {"rome"});
  renamed.columns[0].name = "years";
  EXPECT_FALSE(a.append(renamed));
  Table fewer = rows({1}, {"rome"});
  fewer.columns.pop_back();
  EXPECT_FALSE(a.append(fewer));
  Table timeless = rows({1}, {"rome"});
  timeless.times.clear();
  EXPECT_FALSE(a.append(timeless));
  EXPECT_EQ(a.rows, 1U);
}

TEST(Table, pick_takes_the_named_rows_in_that_order_and_repeats_them) {
  const Table table = rows({10, 20, 30}, {"rome", "", "oslo"});
  const std::vector<std::size_t> wanted = {2, 0, 2};
  const Table picked = table.pick(wanted);
  ASSERT_EQ(picked.rows, 3U);
  EXPECT_EQ(picked.columns[0].numbers, (std::vector<double>{30, 10, 30}));
  EXPECT_EQ(picked.find("city")->text(0), "oslo");
  EXPECT_EQ(picked.entities, (std::vector<std::string>{"e2", "e0", "e2"}));
  EXPECT_EQ(picked.times[1], table.times[0]);
}

TEST(Table, slice_view_and_drop_front_agree) {
  Table table = rows({10, 20, 30, 40}, {"a", "b", "c", "d"});
  const Table part = table.slice(1, 2);
  const ColumnView view = table.view(0, 1, 2);
  EXPECT_EQ(part.columns[0].numbers, std::vector<double>(view.numbers.begin(), view.numbers.end()));
  EXPECT_EQ(part.find("city")->text(0), "b");
  table.drop_front(1);
  EXPECT_EQ(table.rows, 3U);
  EXPECT_EQ(table.entities.front(), "e1");
  EXPECT_EQ(table.find("city")->text(0), "b");
  EXPECT_EQ(table.slice(0, 0).rows, 0U);
  EXPECT_EQ(table.empty_like().columns.size(), 2U);
}

TEST(Dictionary, codes_never_change_and_unknown_is_told_apart) {
  Dictionary dictionary;
  EXPECT_EQ(dictionary.code_of("a"), 0);
  EXPECT_EQ(dictionary.code_of("b"), 1);
  EXPECT_EQ(dictionary.code_of("a"), 0);
  EXPECT_EQ(dictionary.find("c"), -1);
  EXPECT_EQ(dictionary.size(), 2U);
}

TEST(Dictionary, is_bounded_and_the_rest_shares_one_code) {
  Dictionary dictionary;
  for (std::size_t i = 0; i < limits::categories; ++i) dictionary.code_of(std::to_string(i));
  const auto other = dictionary.code_of("one more");
  EXPECT_EQ(dictionary.code_of("and another"), other);
  EXPECT_EQ(dictionary.code_of("7"), 7) << "those that are known keep theirs";
  EXPECT_LE(dictionary.size(), limits::categories + 1);
}

}  // namespace
}  // namespace perennial
