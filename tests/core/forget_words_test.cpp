#include "core/forget_words.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/limits.hpp"

namespace perennial {
namespace {

TEST(ForgetUnusedWords, makes_room_for_words_that_come_later) {
  Table table;
  table.columns = {Column{"id", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()}};
  auto& column = table.columns[0];
  for (std::size_t i = 0; i < limits::categories; ++i) (void)column.dictionary->code_of(fmt::format("old{}", i));
  column.codes = {0, -1, 5};
  table.rows = 3;
  EXPECT_EQ(column.dictionary->value(column.dictionary->code_of("new")), "\x01other") << "it is full";
  const Table other = table;
  forget_unused_words(table);
  EXPECT_EQ(column.dictionary->size(), 2U);
  EXPECT_EQ(column.text(0), "old0");
  EXPECT_EQ(column.text(1), "");
  EXPECT_EQ(column.text(2), "old5");
  EXPECT_EQ(column.dictionary->value(column.dictionary->code_of("new")), "new");
  EXPECT_EQ(other.columns[0].text(2), "old5") << "whoever shares the old words keeps them";
}

TEST(ForgetUnusedWords, leaves_small_dictionaries_as_they_are) {
  Table table;
  table.columns = {Column{"id", ColumnKind::categorical, {}, {0}, std::make_shared<Dictionary>()}};
  (void)table.columns[0].dictionary->code_of("a");
  (void)table.columns[0].dictionary->code_of("b");
  const auto* before = table.columns[0].dictionary.get();
  forget_unused_words(table);
  EXPECT_EQ(table.columns[0].dictionary.get(), before);
}

}  // namespace
}  // namespace perennial
