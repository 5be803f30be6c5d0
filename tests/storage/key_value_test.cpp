#include "storage/key_value.hpp"

#include <gtest/gtest.h>

#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::TemporaryDirectory;

TEST(KeyValue, remembers_over_a_restart_and_replaces) {
  TemporaryDirectory dir;
  const std::string bytes("\0answer\xff", 8);
  {
    auto database = Database::open(dir / "db").value();
    auto memo = KeyValue::open(database).value();
    EXPECT_FALSE(memo.get("command", "1").value());
    ASSERT_TRUE(memo.put("command", "1", "first"));
    ASSERT_TRUE(memo.put("command", "1", bytes));
    ASSERT_TRUE(memo.put("training", "1", "other kind"));
  }
  auto database = Database::open(dir / "db").value();
  auto memo = KeyValue::open(database).value();
  EXPECT_EQ(memo.get("command", "1").value(), bytes);
  EXPECT_EQ(memo.get("training", "1").value(), "other kind");
  EXPECT_EQ(memo.count("command").value(), 1u);
  ASSERT_TRUE(memo.remove("command", "1"));
  EXPECT_FALSE(memo.get("command", "1").value());
}

TEST(KeyValue, the_first_answer_to_a_command_stays) {
  TemporaryDirectory dir;
  auto database = Database::open(dir / "db").value();
  auto memo = KeyValue::open(database).value();
  EXPECT_TRUE(memo.put_new("command", "id", "first").value());
  EXPECT_FALSE(memo.put_new("command", "id", "second").value());
  EXPECT_EQ(memo.get("command", "id").value(), "first");
}

TEST(KeyValue, trimming_keeps_the_newest_of_one_kind) {
  TemporaryDirectory dir;
  auto database = Database::open(dir / "db").value();
  auto memo = KeyValue::open(database).value();
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(memo.put("command", std::to_string(i), "x"));
  ASSERT_TRUE(memo.put("other", "0", "x"));
  ASSERT_TRUE(memo.trim("command", 3));
  EXPECT_EQ(memo.count("command").value(), 3u);
  EXPECT_FALSE(memo.get("command", "6").value());
  EXPECT_TRUE(memo.get("command", "7").value());
  EXPECT_EQ(memo.count("other").value(), 1u);
  ASSERT_TRUE(memo.trim("command", 3));
  EXPECT_EQ(memo.count("command").value(), 3u);
}

TEST(KeyValue, goes_with_the_callers_transaction) {
  TemporaryDirectory dir;
  auto database = Database::open(dir / "db").value();
  auto memo = KeyValue::open(database).value();
  {
    auto transaction = database.begin().value();
    ASSERT_TRUE(memo.put("command", "1", "undone"));
  }
  EXPECT_FALSE(memo.get("command", "1").value());
}

}  // namespace
}  // namespace perennial::storage
