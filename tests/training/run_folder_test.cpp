#include "training/run_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "storage/temporary_directory.hpp"

namespace perennial::training {
namespace {

std::string key(char c) { return std::string(64, c); }

TEST(RunFolder, gives_back_what_another_process_put_there) {
  const test::TemporaryDirectory folder;
  storage::RealFiles files;
  {
    auto writer = RunFolder::open(files, folder / "runs");
    ASSERT_TRUE(writer.has_value()) << writer.error().message();
    (*writer)->put(key('a'), std::string("bytes\0more", 10));
    EXPECT_EQ((*writer)->made(), 1U);
  }
  auto reader = RunFolder::open(files, folder / "runs");
  ASSERT_TRUE(reader.has_value());
  EXPECT_EQ((*reader)->get(key('a')), std::string("bytes\0more", 10));
  EXPECT_FALSE((*reader)->get(key('b')).has_value());
  EXPECT_EQ((*reader)->found(), 1U);
}

TEST(RunFolder, only_digests_become_file_names) {
  const test::TemporaryDirectory folder;
  storage::RealFiles files;
  auto runs = RunFolder::open(files, folder / "runs");
  ASSERT_TRUE(runs.has_value());
  for (const std::string& bad : {std::string(), std::string("../../escape"), std::string("A"), key('G')}) {
    (*runs)->put(bad, "x");
    EXPECT_FALSE((*runs)->get(bad).has_value()) << bad;
  }
  EXPECT_EQ((*runs)->made(), 0U);
  EXPECT_TRUE(std::filesystem::is_empty(folder / "runs"));
}

TEST(RunFolder, stops_adding_at_its_bound_also_after_a_restart) {
  const test::TemporaryDirectory folder;
  storage::RealFiles files;
  auto runs = RunFolder::open(files, folder / "runs", 10);
  ASSERT_TRUE(runs.has_value());
  (*runs)->put(key('a'), "123456");
  (*runs)->put(key('b'), "123456");
  EXPECT_FALSE((*runs)->get(key('b')).has_value());
  (*runs)->put(key('c'), "1234");
  EXPECT_TRUE((*runs)->get(key('c')).has_value()) << "what still fits is kept";
  runs = RunFolder::open(files, folder / "runs", 10);
  (*runs)->put(key('d'), "1");
  EXPECT_FALSE((*runs)->get(key('d')).has_value());
}

TEST(RunFolder, is_shared_by_threads) {
  const test::TemporaryDirectory folder;
  storage::RealFiles files;
  auto runs = RunFolder::open(files, folder / "runs");
  ASSERT_TRUE(runs.has_value());
  const auto work = [&] {
    for (const char c : std::string("0123456789abcdef")) {
      (*runs)->put(key(c), std::string(1000, c));
      const auto back = (*runs)->get(key(c));
      if (!back || *back != std::string(1000, c)) return false;
    }
    return true;
  };
  bool first = false;
  std::thread other([&] { first = work(); });
  EXPECT_TRUE(work());
  other.join();
  EXPECT_TRUE(first);
}

}  // namespace
}  // namespace perennial::training
