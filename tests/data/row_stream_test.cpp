#include "data/row_stream.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>

#include "data/files.hpp"

namespace perennial::data {
namespace {

StreamSpec spec_of(const std::string& file) {
  StreamSpec spec;
  spec.source = SourceSpec::file(file);
  return spec;
}

TEST(RowStream, without_a_time_axis_time_is_the_row_number) {
  TempFolder folder;
  auto spec = spec_of(folder.write("a.csv", "x,c,y\n1,u,1\n,v,0\nbad,,1.0\n4,u,\n"));
  spec.columns = {{"c", ColumnKind::categorical}, {"x", ColumnKind::numeric}};
  spec.targets = {{"y", Task::binary, {}}};
  auto stream = RowStream::open(spec);
  ASSERT_OK(stream);
  EXPECT_EQ(stream->total_rows(), 4u);
  auto table = stream->next(3);
  ASSERT_OK(table);
  ASSERT_EQ(table->rows, 3u);
  EXPECT_EQ(table->columns[0].name, "c");
  EXPECT_EQ(table->columns[1].numbers[0], 1);
  EXPECT_TRUE(std::isnan(table->columns[1].numbers[1]));
  EXPECT_TRUE(std::isnan(table->columns[1].numbers[2]));
  EXPECT_EQ(stream->unparsable().at("x"), 1u);
  EXPECT_EQ(table->columns[0].codes[2], -1);
  EXPECT_EQ(table->columns[2].text(0), "1");
  EXPECT_EQ(table->columns[2].text(2), "1") << "1.0 and 1 are one class";
  EXPECT_EQ(format_time(table->times[2]), "2000-01-01T00:02:00Z");
  EXPECT_TRUE(table->entities.empty());
  table = stream->next(3);
  ASSERT_OK(table);
  ASSERT_EQ(table->rows, 1u);
  EXPECT_EQ(table->columns[2].codes[0], -1) << "a missing label";
  EXPECT_EQ(table->columns[0].text(0), "u");
  EXPECT_EQ(stream->original_rows(), (std::vector<std::uint64_t>{3}));
  table = stream->next(3);
  ASSERT_OK(table);
  EXPECT_EQ(table->rows, 0u);
}

TEST(RowStream, known_classes_give_the_codes) {
  TempFolder folder;
  auto spec = spec_of(folder.write("a.csv", "x,y\n1,b\n2,a\n3,other\n4,NA\n"));
  spec.columns = {{"x", ColumnKind::numeric}};
  spec.targets = {{"y", Task::binary, {"a", "b"}}};
  auto stream = RowStream::open(spec);
  ASSERT_OK(stream);
  const auto table = stream->next(10);
  ASSERT_OK(table);
  EXPECT_EQ(table->columns[1].codes, (std::vector<std::int32_t>{1, 0, -1, -1}));
  EXPECT_EQ(stream->unparsable().at("y"), 1u);
}

TEST(RowStream, sorts_a_file_whose_times_decrease) {
  TempFolder folder;
  auto spec = spec_of(folder.write("a.csv", "unit,cycle,s\n1,1,a\n1,2,b\n1,2,c\n2,1,d\n2,2,e\n2,3,f\n"));
  spec.columns = {{"s", ColumnKind::categorical}};
  spec.time = TimeAxis{{"cycle"}, TimeUnit::step};
  spec.entity = "unit";
  auto stream = RowStream::open(spec);
  ASSERT_OK(stream);
  EXPECT_EQ(stream->order_report().decreasing, 1u);
  EXPECT_EQ(stream->order_report().equal, 1u);
  std::string seen;
  std::vector<std::uint64_t> rows;
  std::vector<std::string> entities;
  for (;;) {
    const auto table = stream->next(2);
    ASSERT_OK(table);
    if (table->rows == 0) break;
    for (std::size_t r = 0; r < table->rows; ++r) seen += table->columns[0].text(r);
    rows.insert(rows.end(), stream->original_rows().begin(), stream->original_rows().end());
    entities.insert(entities.end(), table->entities.begin(), table->entities.end());
  }
  EXPECT_EQ(seen, "adbcef");
  EXPECT_EQ(rows, (std::vector<std::uint64_t>{0, 3, 1, 2, 4, 5}));
  EXPECT_EQ(entities, (std::vector<std::string>{"1", "2", "1", "1", "2", "2"}));
}

TEST(RowStream, batches_do_not_change_what_is_delivered_and_skipping_is_reading) {
  TempFolder folder;
  std::string text = "t,x,c\n";
  for (int i = 0; i < 5000; ++i)
    text += fmt::format("2020-01-01T{:02}:{:02}:{:02},{},k{}\n", i / 3600, i / 60 % 60, i % 60, i * 0.25, i * 7 % 13);
  auto spec = spec_of(folder.write("a.csv", text));
  spec.columns = {{"x", ColumnKind::numeric}, {"c", ColumnKind::categorical}};
  spec.time = TimeAxis{{"t"}, TimeUnit::iso};
  auto whole = RowStream::open(spec);
  ASSERT_OK(whole);
  const auto all = read_all(*whole, 5000);
  ASSERT_OK(all);
  ASSERT_EQ(all->rows, 5000u);
  for (const std::size_t size : {1u, 7u, 2048u, 4999u}) {
    auto stream = RowStream::open(spec);
    ASSERT_OK(stream);
    ASSERT_OK(stream->skip(100));
    std::size_t row = 100;
    for (;;) {
      const auto part = stream->next(size);
      ASSERT_OK(part);
      if (part->rows == 0) break;
      if (row + size <= 5000) {
        ASSERT_EQ(part->rows, size);
      }
      for (std::size_t r = 0; r < part->rows; ++r, ++row) {
        ASSERT_EQ(part->columns[0].numbers[r], all->columns[0].numbers[row]);
        ASSERT_EQ(part->columns[1].codes[r], all->columns[1].codes[row]);
        ASSERT_EQ(part->times[r], all->times[row]);
      }
    }
    EXPECT_EQ(row, 5000u);
    EXPECT_EQ(stream->delivered_rows(), 5000u);
  }
  auto again = RowStream::open(spec);
  ASSERT_OK(again);
  const auto too_many = read_all(*again, 100);
  ASSERT_FALSE(too_many);
  EXPECT_EQ(too_many.error().code, ErrorCode::too_large);
}

TEST(RowStream, says_what_is_wrong_when_it_is_opened) {
  TempFolder folder;
  const auto file = folder.write("a.csv", "t,x\n2020-01-01,1\nsoon,2\n");
  auto spec = spec_of(file);
  spec.columns = {{"x", ColumnKind::numeric}};
  spec.time = TimeAxis{{"t"}, TimeUnit::iso};
  auto bad_time = RowStream::open(spec);
  ASSERT_FALSE(bad_time);
  EXPECT_NE(bad_time.error().message().find("row 1: 'soon'"), std::string::npos) << bad_time.error().message();
  spec.time.reset();
  spec.columns = {{"z", ColumnKind::numeric}};
  EXPECT_EQ(RowStream::open(spec).error().code, ErrorCode::not_found);
  spec.columns = {{"x", ColumnKind::numeric}};
  spec.targets = {{"x", Task::regression, {}}};
  EXPECT_EQ(RowStream::open(spec).error().code, ErrorCode::invalid);
  auto empty = spec_of(folder.write("h.csv", "t,x\n"));
  empty.columns = {{"x", ColumnKind::numeric}};
  EXPECT_NE(RowStream::open(empty).error().message().find("no rows"), std::string::npos);
}

TEST(RowStream, typed_files_give_the_same_rows) {
  TempFolder folder;
  auto spec = spec_of(folder.write(
      "a.jsonl",
      "{\"d\":\"2020-01-01\",\"x\":1.5,\"b\":true,\"k\":1}\n{\"d\":\"2020-01-02\",\"x\":null,\"b\":false,\"k\":2}\n"));
  spec.columns = {{"x", ColumnKind::numeric}, {"b", ColumnKind::numeric}, {"d", ColumnKind::numeric}};
  spec.targets = {{"k", Task::multiclass, {}}};
  spec.time = TimeAxis{{"d"}, TimeUnit::iso};
  auto stream = RowStream::open(spec);
  ASSERT_OK(stream);
  const auto table = stream->next(10);
  ASSERT_OK(table);
  EXPECT_EQ(table->columns[0].numbers[0], 1.5);
  EXPECT_TRUE(std::isnan(table->columns[0].numbers[1]));
  EXPECT_EQ(table->columns[1].numbers[0], 1);
  EXPECT_EQ(table->columns[2].numbers[0], 1577836800);
  EXPECT_EQ(table->columns[3].text(1), "2");
  EXPECT_EQ(format_time(table->times[1]), "2020-01-02T00:00:00Z");
}

TEST(RowStream, reads_the_turbofan_originals) {
  const auto file = shared_file("cmapss/train_FD001.txt.gz");
  SKIP_WITHOUT(file);
  auto spec = spec_of(file);
  spec.source.delimiter = " ";
  spec.source.column_names = {"unit", "cycle", "setting1", "setting2", "setting3"};
  for (int i = 1; i <= 21; ++i) spec.source.column_names.push_back(fmt::format("s{}", i));
  spec.columns = {{"s2", ColumnKind::numeric}};
  spec.targets = {{"s11", Task::regression, {}}};
  spec.entity = "unit";
  spec.time = TimeAxis{{"cycle"}, TimeUnit::step};
  auto stream = RowStream::open(spec);
  ASSERT_OK(stream);
  EXPECT_EQ(stream->total_rows(), 20631u);
  EXPECT_EQ(stream->order_report().decreasing, 99u);
  const auto table = stream->next(101);
  ASSERT_OK(table);
  EXPECT_EQ(table->columns[0].numbers[0], 641.82);
  EXPECT_EQ(table->entities[99], "100") << "all engines fly their first cycle first";
  EXPECT_EQ(table->entities[100], "1");
}

TEST(RowStream, streams_wide_files_quickly) {
  const char* asked = std::getenv("PERENNIAL_SPEED");
  const int rows = asked != nullptr ? 1000000 : 50000;
  TempFolder folder;
  std::string line;
  for (int c = 0; c < 30; ++c) line += fmt::format("{}{:.6f}", c == 0 ? "" : ",", std::sin(c * 1.7) * 100);
  std::string text;
  for (int c = 0; c < 30; ++c) text += fmt::format("{}c{}", c == 0 ? "" : ",", c);
  text += "\n";
  const auto header = text.size();
  text.reserve(header + (line.size() + 1) * static_cast<std::size_t>(rows));
  for (int i = 0; i < rows; ++i) text += line + "\n";
  auto spec = spec_of(folder.write("wide.csv", text));
  text = {};
  for (int c = 0; c < 29; ++c) spec.columns.push_back({fmt::format("c{}", c), ColumnKind::numeric});
  spec.targets = {{"c29", Task::regression, {}}};
  const auto start = std::chrono::steady_clock::now();
  const auto cpu_start = std::clock();
  auto stream = RowStream::open(spec);
  ASSERT_OK(stream);
  const auto opened = std::chrono::steady_clock::now();
  std::uint64_t seen = 0;
  for (;;) {
    const auto table = stream->next(1000);
    ASSERT_OK(table);
    if (table->rows == 0) break;
    seen += table->rows;
  }
  const auto ended = std::chrono::steady_clock::now();
  const auto seconds = [](auto d) { return std::chrono::duration<double>(d).count(); };
  EXPECT_EQ(seen, static_cast<std::uint64_t>(rows));
  RecordProperty("rows_per_second", static_cast<int>(rows / seconds(ended - opened)));
  if (asked != nullptr)
    std::printf("open %.2f s, stream %.2f s, %.0f rows/s; CPU of both %.2f s\n", seconds(opened - start),
                seconds(ended - opened), rows / seconds(ended - opened),
                static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC);
}

}  // namespace
}  // namespace perennial::data
