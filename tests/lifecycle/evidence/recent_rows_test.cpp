#include "lifecycle/evidence/recent_rows.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace perennial::lifecycle {
namespace {

feedback::PredictionRecord record_of(const std::string& word) {
  feedback::PredictionRecord record;
  record.ids = {word};
  auto dictionary = std::make_shared<Dictionary>();
  const std::int32_t code = dictionary->code_of(word);
  record.request.rows = 1;
  record.request.times.resize(1);
  record.request.columns = {Column{"city", ColumnKind::categorical, {}, {code}, dictionary}};
  return record;
}

TEST(RecentRows, keeps_the_newest_and_counts_all) {
  RecentRows recent(10);
  for (int i = 0; i < 50; ++i) recent.add(record_of(fmt::format("w{}", i)));
  EXPECT_EQ(recent.rows_total(), 50U);
  const Table rows = recent.newest(3);
  ASSERT_EQ(rows.rows, 3U);
  for (std::size_t row = 0; row < 3; ++row) EXPECT_EQ(rows.columns[0].text(row), fmt::format("w{}", 47 + row));
  EXPECT_GE(recent.newest(1000).rows, 10U);
  EXPECT_LE(recent.newest(1000).rows, 20U);
}

TEST(RecentRows, clients_with_and_without_an_entity_share_the_window) {
  RecentRows recent(100);
  for (int i = 0; i < 60; ++i) {
    auto record = record_of(fmt::format("w{}", i));
    if (i % 7 != 3) record.request.entities = {"e"};
    recent.add(record);
  }
  const Table rows = recent.newest(100);
  ASSERT_EQ(rows.rows, 60U) << "nobody starts it anew";
  EXPECT_EQ(rows.entities.size(), 60U);
  EXPECT_EQ(rows.entities[3], "");
  EXPECT_EQ(rows.entities[4], "e");
}

TEST(RecentRows, new_words_may_come_while_rows_are_looked_at) {
  // A data race for the thread sanitizer where dictionaries are shared; a wrong word or a crash without it.
  RecentRows recent(100);
  const auto first = record_of("w0");
  recent.add(first);
  std::atomic<bool> done = false;
  std::jthread serving([&] {
    for (int i = 1; i <= 3000; ++i) recent.add(record_of(fmt::format("w{}", i)));
    done = true;
  });
  std::size_t looks = 0;
  while (!done || looks == 0) {
    const Table rows = recent.newest(100);
    for (std::size_t row = 1; row < rows.rows; ++row) {
      const int before = std::stoi(std::string(rows.columns[0].text(row - 1).substr(1)));
      ASSERT_EQ(rows.columns[0].text(row), fmt::format("w{}", before + 1));
    }
    ++looks;
  }
  serving.join();
  EXPECT_EQ(first.request.columns[0].dictionary->size(), 1U) << "the record's own words";
}

}  // namespace
}  // namespace perennial::lifecycle
