#include "storage/database.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::TemporaryDirectory;

std::int64_t count(Database& database) {
  auto statement = database.prepare("SELECT count(*) FROM t").value();
  return statement.step().value() ? statement.integer(0) : -1;
}

Database fresh(const TemporaryDirectory& dir) {
  auto database = Database::open(dir / "db").value();
  EXPECT_TRUE(database.execute("CREATE TABLE t (i INTEGER, d REAL, s TEXT, b BLOB)"));
  return database;
}

TEST(Database, commits_are_synced_and_the_file_is_private) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  auto pragma = database.prepare("PRAGMA synchronous").value();
  ASSERT_TRUE(pragma.step().value());
  EXPECT_EQ(pragma.integer(0), 2);
  const auto permissions = std::filesystem::status(dir / "db").permissions();
  EXPECT_EQ(permissions & std::filesystem::perms::mask,
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(Database, values_come_back_as_they_went_in) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  auto insert = database.prepare("INSERT INTO t VALUES (?, ?, ?, ?)").value();
  const std::string blob("\0\xff\n", 3);
  ASSERT_TRUE(
      insert.bind(1, INT64_MIN).bind(2, 0.1).bind(3, std::string_view("ü'; DROP TABLE t")).bind_blob(4, blob).run());
  ASSERT_TRUE(insert.bind_null(1).bind(2, -0.0).bind(3, std::string_view("")).bind_blob(4, "").run());
  auto select = database.prepare("SELECT * FROM t ORDER BY rowid").value();
  ASSERT_TRUE(select.step().value());
  EXPECT_EQ(select.integer(0), INT64_MIN);
  EXPECT_EQ(select.number(1), 0.1);
  EXPECT_EQ(select.text(2), "ü'; DROP TABLE t");
  EXPECT_EQ(select.blob(3), blob);
  ASSERT_TRUE(select.step().value());
  EXPECT_TRUE(select.is_null(0));
  EXPECT_FALSE(select.is_null(2));
  EXPECT_FALSE(select.step().value());
}

TEST(Database, an_uncommitted_transaction_leaves_nothing) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  {
    auto transaction = database.begin().value();
    ASSERT_TRUE(database.execute("INSERT INTO t (i) VALUES (1)"));
  }
  EXPECT_EQ(count(database), 0);
  EXPECT_EQ(database.rollbacks(), 1u);
  {
    auto transaction = database.begin().value();
    ASSERT_TRUE(database.execute("INSERT INTO t (i) VALUES (1)"));
    ASSERT_TRUE(transaction.commit());
    EXPECT_FALSE(transaction.commit());
  }
  EXPECT_EQ(count(database), 1);
}

TEST(Database, an_inner_transaction_is_undone_alone_and_becomes_durable_with_the_outer_one) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  {
    auto outer = database.begin().value();
    ASSERT_TRUE(database.execute("INSERT INTO t (i) VALUES (1)"));
    {
      auto undone = database.begin().value();
      ASSERT_TRUE(database.execute("INSERT INTO t (i) VALUES (2)"));
    }
    auto kept = database.begin().value();
    ASSERT_TRUE(database.execute("INSERT INTO t (i) VALUES (3)"));
    ASSERT_TRUE(kept.commit());
    EXPECT_EQ(count(database), 2);
    ASSERT_TRUE(outer.commit());
  }
  EXPECT_EQ(count(database), 2);
}

TEST(Database, a_full_disk_is_named_so_and_writing_goes_on_once_there_is_space) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  ASSERT_TRUE(database.execute("PRAGMA max_page_count=10"));
  const std::string big(1 << 20, 'x');
  {
    auto transaction = database.begin().value();
    auto insert = database.prepare("INSERT INTO t (b) VALUES (?)").value();
    const auto status = insert.bind_blob(1, big).run();
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::disk_full);
  }
  ASSERT_TRUE(database.execute("PRAGMA max_page_count=100000"));
  auto insert = database.prepare("INSERT INTO t (b) VALUES (?)").value();
  EXPECT_TRUE(insert.bind_blob(1, big).run());
  EXPECT_EQ(count(database), 1);
}

TEST(Database, a_file_that_is_not_a_database_is_corrupt_with_a_hint) {
  TemporaryDirectory dir;
  std::ofstream(dir / "db") << std::string(8192, 'x');
  for (const auto mode : {Database::Mode::read_write, Database::Mode::read_only}) {
    const auto database = Database::open(dir / "db", mode);
    ASSERT_FALSE(database);
    EXPECT_EQ(database.error().code, ErrorCode::corrupt);
    EXPECT_FALSE(database.error().hint.empty());
  }
}

TEST(Database, reading_only_sees_a_running_database_and_changes_nothing) {
  TemporaryDirectory dir;
  EXPECT_EQ(Database::open(dir / "db", Database::Mode::read_only).error().code, ErrorCode::not_found);
  auto writer = fresh(dir);
  ASSERT_TRUE(writer.execute("INSERT INTO t (i) VALUES (1)"));
  auto reader = Database::open(dir / "db", Database::Mode::read_only).value();
  EXPECT_EQ(count(reader), 1);
  EXPECT_FALSE(reader.execute("INSERT INTO t (i) VALUES (2)"));
  ASSERT_TRUE(writer.execute("INSERT INTO t (i) VALUES (2)"));
  EXPECT_EQ(count(reader), 2);
  EXPECT_TRUE(reader.check());
}

TEST(Database, transactions_of_two_threads_follow_each_other) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) {
      auto transaction = database.begin();
      ASSERT_TRUE(transaction) << transaction.error().message();
      ASSERT_TRUE(database.execute("INSERT INTO t (i) VALUES (1)"));
      ASSERT_TRUE(transaction->commit());
    }
  };
  std::thread one(work);
  std::thread two(work);
  one.join();
  two.join();
  EXPECT_EQ(count(database), 40);
}

TEST(Database, wrong_statements_are_errors_not_crashes) {
  TemporaryDirectory dir;
  auto database = fresh(dir);
  EXPECT_FALSE(database.prepare("SELEC 1"));
  EXPECT_FALSE(database.prepare(""));
  auto statement = database.prepare("SELECT ?").value();
  EXPECT_FALSE(statement.bind(2, std::int64_t{1}).step());
}

}  // namespace
}  // namespace perennial::storage
