#include "data/file_stamps.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "files.hpp"

namespace perennial::data {
namespace {

FileStamp only(const std::vector<FileStamp>& stamps) { return stamps.size() == 1 ? stamps.front() : FileStamp{}; }

TEST(FileStamps, are_of_the_files_that_a_pattern_matches_now) {
  const TempFolder folder;
  const auto none = stamps_of({folder.path("*.csv"), folder.path("not there.csv")});
  ASSERT_TRUE(none) << none.error().message();
  EXPECT_TRUE(none->empty()) << "a source may have no file yet";
  folder.write("b.csv", "x\n1\n");
  folder.write("a.csv", "x\n");
  folder.write("empty.csv", "");
  std::filesystem::create_directory(folder.path("folder.csv"));
  const auto stamps = stamps_of({folder.path("*.csv")});
  ASSERT_TRUE(stamps) << stamps.error().message();
  ASSERT_EQ(stamps->size(), 2U);
  EXPECT_EQ((*stamps)[0].path, folder.path("a.csv"));
  EXPECT_EQ((*stamps)[1].bytes, 4U);
  EXPECT_FALSE(stamps_of({folder.path("")})) << "a folder itself is a mistake";
}

TEST(FileStamps, change_with_size_and_time) {
  const TempFolder folder;
  const std::string path = folder.write("a.csv", "x\n1\n");
  const FileStamp before = only(*stamps_of({path}));
  folder.write("a.csv", "x\n1\n2\n");
  const FileStamp longer = only(*stamps_of({path}));
  EXPECT_NE(before, longer);
  const auto time = std::filesystem::last_write_time(path);
  std::filesystem::last_write_time(path, time + std::chrono::seconds(1));
  EXPECT_NE(longer, only(*stamps_of({path}))) << "the same length, written again";
}

TEST(SettledFiles, are_those_that_two_looks_in_a_row_show_alike) {
  SettledFiles settled;
  const FileStamp a{"a", 10, 1};
  const FileStamp longer{"a", 20, 2};
  const FileStamp b{"b", 5, 1};
  EXPECT_TRUE(settled.look({a}).empty());
  EXPECT_EQ(settled.look({a, b}), std::vector{a});
  EXPECT_EQ(settled.look({longer, b}), std::vector{b}) << "a is being written to";
  EXPECT_EQ(settled.look({longer}), std::vector{longer});
  EXPECT_TRUE(settled.look({b}).empty()) << "b was away";
}

}  // namespace
}  // namespace perennial::data
