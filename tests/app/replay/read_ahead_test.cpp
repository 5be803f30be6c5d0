#include "app/replay/read_ahead.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/scratch.hpp"

namespace perennial::app {
namespace {

class ReadAheadTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = ScratchDirectory::make("read-ahead-test");
    ASSERT_TRUE(made);
    folder_ = std::move(*made);
    path_ = folder_->path() + "/rows.csv";
    model_.name = "m";
    model_.targets.push_back({"y", Task::regression});
  }

  ModelSource open() {
    auto source = ModelSource::open(model_, {path_}, Duration{std::chrono::minutes(1)});
    EXPECT_TRUE(source) << source.error().message();
    return std::move(*source);
  }

  void write(std::size_t rows, bool words) {
    std::ofstream file(path_);
    file << "x,kind,y\n";
    for (std::size_t i = 0; i < rows; ++i)
      file << fmt::format("{},{},{}\n", i, words ? fmt::format("w{}", i % 9) : fmt::format("{}", i % 9), i * 0.5);
  }

  std::unique_ptr<ScratchDirectory> folder_;
  std::string path_;
  lifecycle::ModelConfig model_;
};

TEST_F(ReadAheadTest, gives_the_rows_that_the_source_gives_and_then_none) {
  for (const bool words : {false, true}) {
    write(1234, words);
    auto plain = open();
    auto source = open();
    ReadAhead ahead(source, 100);
    std::size_t batches = 0;
    for (;; ++batches) {
      const auto expected = plain.next(100);
      const auto rows = ahead.next();
      ASSERT_TRUE(expected && rows);
      ASSERT_EQ(rows->request.rows, expected->request.rows);
      ASSERT_EQ(rows->request.times, expected->request.times);
      if (rows->request.rows == 0) break;
      ASSERT_EQ(rows->request.columns[0].numbers, expected->request.columns[0].numbers);
      ASSERT_EQ(rows->request.columns[1].codes, expected->request.columns[1].codes);
      ASSERT_EQ(rows->truth, expected->truth);
    }
    EXPECT_EQ(batches, 13U);
    const auto after = ahead.next();
    ASSERT_TRUE(after);
    EXPECT_EQ(after->request.rows, 0U);
  }
}

TEST_F(ReadAheadTest, may_be_left_before_the_end) {
  write(5000, false);
  auto source = open();
  {
    ReadAhead ahead(source, 100);
    ASSERT_TRUE(ahead.next());
  }
  EXPECT_EQ(source.total_rows(), 5000U);
}

}  // namespace
}  // namespace perennial::app
