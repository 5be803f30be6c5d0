#include "data/query.hpp"
#include <gtest/gtest.h>

#include <cmath>

#include "data/files.hpp"

namespace perennial::data {
namespace {

TEST(Query, gives_every_type_as_number_or_text) {
  auto query = Query::open({});
  ASSERT_OK(query);
  auto table = query->table(
      "SELECT 1::TINYINT AS a, 2.5::DECIMAL(9,2) AS b, 170141183460469231731687303715884105727::HUGEINT AS c, true AS "
      "d, "
      "'x' AS e, DATE '2026-11-21' AS f, TIMESTAMP '2026-11-21 09:30:00' AS g, NULL::DOUBLE AS h, NULL::VARCHAR AS i, "
      "TIMESTAMPTZ '2026-11-21 09:30:00+01:00' AS j",
      10);
  ASSERT_OK(table);
  EXPECT_EQ(table->find("a")->numbers[0], 1);
  EXPECT_EQ(table->find("b")->numbers[0], 2.5);
  EXPECT_NEAR(table->find("c")->numbers[0], 1.7014118346046923e38, 1e24);
  EXPECT_EQ(table->find("d")->numbers[0], 1);
  EXPECT_EQ(table->find("e")->text(0), "x");
  EXPECT_EQ(table->find("f")->text(0), "2026-11-21");
  EXPECT_EQ(table->find("g")->text(0), "2026-11-21T09:30:00Z");
  EXPECT_TRUE(std::isnan(table->find("h")->numbers[0]));
  EXPECT_EQ(table->find("i")->codes[0], -1);
  EXPECT_EQ(table->find("j")->text(0), "2026-11-21T08:30:00Z");
}

TEST(Query, streams_in_order_without_holding_the_result) {
  for (const int threads : {1, 2}) {
    QuerySettings settings;
    settings.threads = threads;
    settings.memory_mib = 64;
    auto query = Query::open(settings);
    ASSERT_OK(query);
    auto stream =
        query->stream("SELECT range AS i, 'a text that is not short at all ' || range AS t FROM range(3000000)");
    ASSERT_OK(stream);
    Chunk chunk;
    double expected = 0;
    for (;;) {
      auto status = stream->next(chunk);
      ASSERT_OK(status);
      if (chunk.rows == 0) break;
      for (const double value : chunk.columns[0].numbers) ASSERT_EQ(value, expected++);
    }
    EXPECT_EQ(expected, 3000000);
  }
}

TEST(Query, reads_only_what_it_was_given) {
  TempFolder folder;
  const auto mine = folder.write("mine.csv", "a\n1\n");
  const auto other = folder.write("other.csv", "a\n1\n");
  QuerySettings settings;
  settings.readable_files = {mine};
  auto query = Query::open(settings);
  ASSERT_OK(query);
  EXPECT_OK(query->table("SELECT * FROM read_csv(" + quote_text(mine) + ")", 10));
  EXPECT_FALSE(query->table("SELECT * FROM read_csv(" + quote_text(other) + ")", 10));
  EXPECT_FALSE(query->table("SELECT * FROM read_text('/etc/passwd')", 10));
}

TEST(Query, refuses_all_but_a_single_select) {
  TempFolder folder;
  auto query = Query::open({});
  ASSERT_OK(query);
  EXPECT_FALSE(query->stream("COPY (SELECT 1) TO '" + folder.path("out.csv") + "'"));
  EXPECT_FALSE(query->stream("SET threads = 8"));
  EXPECT_FALSE(query->stream("SELECT 1; SELECT 2"));
  EXPECT_FALSE(query->stream("INSTALL httpfs"));
  EXPECT_FALSE(std::filesystem::exists(folder.path("out.csv")));
}

TEST(Query, says_in_one_line_what_is_wrong) {
  auto query = Query::open({});
  ASSERT_OK(query);
  const auto table = query->table("SELECT nothing FROM range(3)", 10);
  ASSERT_FALSE(table);
  EXPECT_EQ(table.error().what.find('\n'), std::string::npos);
  EXPECT_NE(table.error().what.find("nothing"), std::string::npos);
  const auto many = query->table("SELECT * FROM range(3000)", 10);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, ErrorCode::too_large);
  EXPECT_FALSE(query->table("SELECT 1 AS a, 2 AS a", 10));
}

TEST(Query, quotes_what_could_break_out) {
  EXPECT_EQ(quote_text("it's"), "'it''s'");
  EXPECT_EQ(quote_name("a \"b\""), "\"a \"\"b\"\"\"");
}

}  // namespace
}  // namespace perennial::data
