#include "storage/files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>

#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::TemporaryDirectory;
using ::testing::HasSubstr;

mode_t mode_of(const Path& path) {
  struct stat info{};
  return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

TEST(Files, an_atomic_write_replaces_the_file_and_leaves_nothing_else) {
  TemporaryDirectory dir;
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(dir / "a", "old"));
  ASSERT_TRUE(files.write_atomic(dir / "a", std::string("new\0bytes", 9)));
  EXPECT_EQ(files.read_all(dir / "a").value(), std::string("new\0bytes", 9));
  EXPECT_EQ(files.list(dir.path()).value().size(), 1u);
  EXPECT_EQ(mode_of(dir / "a"), 0600u);
}

TEST(Files, a_write_that_does_not_fit_is_disk_full_and_keeps_the_old_bytes) {
  TemporaryDirectory dir;
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(dir / "a", "old"));
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = ::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1000;
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto status = files.write_atomic(dir / "a", std::string(5000, 'x'));
  ::setrlimit(RLIMIT_FSIZE, &before);
  ::signal(SIGXFSZ, handler);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::disk_full);
  EXPECT_EQ(files.read_all(dir / "a").value(), "old");
  EXPECT_EQ(files.list(dir.path()).value().size(), 1u) << "a temporary file was left";
}

TEST(Files, errors_of_the_system_have_the_code_that_decides_what_to_do) {
  struct Row {
    int number;
    ErrorCode code;
  };
  for (const auto& row : std::vector<Row>{{ENOSPC, ErrorCode::disk_full},
                                          {EDQUOT, ErrorCode::disk_full},
                                          {EFBIG, ErrorCode::disk_full},
                                          {ENOENT, ErrorCode::not_found},
                                          {EIO, ErrorCode::io},
                                          {EROFS, ErrorCode::io}})
    EXPECT_EQ(disk_error(row.number, "write", "f").code, row.code) << row.number;
}

TEST(Files, an_append_file_grows_is_cut_and_goes_on_after_a_restart) {
  TemporaryDirectory dir;
  RealFiles files;
  {
    auto file = files.open_append(dir / "log").value();
    ASSERT_TRUE(file->append("hello world"));
    ASSERT_TRUE(file->truncate(5));
    ASSERT_TRUE(file->sync());
  }
  auto file = files.open_append(dir / "log").value();
  EXPECT_EQ(file->size(), 5u);
  ASSERT_TRUE(file->append("!"));
  EXPECT_EQ(files.read_all(dir / "log").value(), "hello!");
}

TEST(Files, overwriting_in_place_never_grows_a_file) {
  TemporaryDirectory dir;
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(dir / "slot", "0123456789"));
  EXPECT_TRUE(files.overwrite_in_place(dir / "slot", 4, "abc"));
  EXPECT_EQ(files.read_all(dir / "slot").value(), "0123abc789");
  EXPECT_FALSE(files.overwrite_in_place(dir / "slot", 8, "abc"));
  EXPECT_FALSE(files.overwrite_in_place(dir / "none", 0, "abc"));
}

TEST(Files, symbolic_links_are_not_followed_when_writing) {
  TemporaryDirectory dir;
  RealFiles files;
  ASSERT_TRUE(files.write_atomic(dir / "victim", "keep me"));
  std::filesystem::create_symlink(dir / "victim", dir / "link");
  EXPECT_FALSE(files.open_append(dir / "link"));
  EXPECT_FALSE(files.overwrite_in_place(dir / "link", 0, "X"));
  EXPECT_EQ(files.read_all(dir / "victim").value(), "keep me");
}

TEST(Files, directories_are_private_and_made_with_their_parents) {
  TemporaryDirectory dir;
  RealFiles files;
  ASSERT_TRUE(files.make_dirs(dir / "a/b/c"));
  ASSERT_TRUE(files.make_dirs(dir / "a/b/c"));
  EXPECT_EQ(mode_of(dir / "a/b"), 0700u);
  ASSERT_TRUE(files.write_atomic(dir / "file", "x"));
  EXPECT_FALSE(files.make_dirs(dir / "file/below"));
}

TEST(Files, removing_what_is_not_there_is_no_error_and_reading_it_is) {
  TemporaryDirectory dir;
  RealFiles files;
  EXPECT_TRUE(files.remove(dir / "none"));
  EXPECT_EQ(files.read_all(dir / "none").error().code, ErrorCode::not_found);
  EXPECT_EQ(files.read_all(dir.path()).error().code, ErrorCode::invalid);
  ASSERT_TRUE(files.write_atomic(dir / "big", "123456"));
  EXPECT_EQ(files.read_all(dir / "big", 5).error().code, ErrorCode::too_large);
}

TEST(Files, a_second_process_is_refused_and_told_the_pid_of_the_first) {
  TemporaryDirectory dir;
  RealFiles files;
  auto lock = files.lock(dir.path());
  ASSERT_TRUE(lock) << lock.error().message();
  // flock is per open file: a second open in this process is refused just as another process is.
  const auto second = files.lock(dir.path());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::conflict);
  EXPECT_THAT(second.error().what, HasSubstr(std::to_string(::getpid())));
  lock->reset();
  EXPECT_TRUE(files.lock(dir.path()));
}

}  // namespace
}  // namespace perennial::storage
