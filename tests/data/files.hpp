#pragma once
// Files that tests write and real data that they may find.

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "data/schema.hpp"

namespace perennial::data {

/// A folder that lives as long as the test.
class TempFolder {
 public:
  TempFolder() {
    static int number = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("perennial-data-" + std::to_string(::getpid()) + "-" + std::to_string(number++));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string write(const std::string& name, const std::string& bytes) const {
    const auto path = path_ / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  std::string path(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

inline std::string shared_file(const std::string& name) {
  return (std::filesystem::path(PERENNIAL_SOURCE_DIR) / ".." / "shared" / "data" / name).string();
}

#define SKIP_WITHOUT(file) \
  if (!std::filesystem::exists(file)) GTEST_SKIP() << "not there: " << file

#define ASSERT_OK(result) ASSERT_TRUE(result.has_value()) << result.error().message()
#define EXPECT_OK(result) EXPECT_TRUE(result.has_value()) << result.error().message()

}  // namespace perennial::data
