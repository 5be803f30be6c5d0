#include "feedback/answer_count.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using testing::Folder;

TEST(AnswerCount, a_killed_process_leaves_its_count_behind) {
  Folder folder;
  storage::RealFiles files;
  const pid_t child = ::fork();
  if (child == 0) {
    auto count = AnswerCount::open(files, folder.path());
    if (!count) ::_exit(1);
    (*count)->add(1000);
    (*count)->settle(990, {3, 4711}, 2);
    (*count)->add(5);
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  const auto count = AnswerCount::open(files, folder.path());
  ASSERT_TRUE(count) << count.error().message();
  const auto& opened = (*count)->opened();
  EXPECT_EQ(opened.answered, 1005u);
  EXPECT_EQ(opened.settled, 990u);
  EXPECT_EQ(opened.position, (storage::SegmentPosition{3, 4711}));
  EXPECT_EQ(opened.unreported, 2u);
  EXPECT_TRUE(opened.exact) << "the machine did not go down";
}

TEST(AnswerCount, where_the_machine_went_down_the_count_is_doubted) {
  Folder folder;
  storage::RealFiles files;
  {
    ASSERT_TRUE(AnswerCount::open(files, folder.path()));
  }
  {  // The second word says in which start of the machine the process lived.
    std::fstream file(folder.path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8);
    file.write("another!", 8);
  }
  {
    const auto count = AnswerCount::open(files, folder.path());
    ASSERT_TRUE(count);
    EXPECT_FALSE((*count)->opened().exact);
    (*count)->close();
  }
  const auto count = AnswerCount::open(files, folder.path());
  ASSERT_TRUE(count);
  EXPECT_TRUE((*count)->opened().exact) << "an orderly end leaves no doubt";
}

TEST(AnswerCount, a_damaged_file_is_named) {
  Folder folder;
  storage::RealFiles files;
  for (const std::string& bytes : {std::string("short"), std::string(4096, 'x')}) {
    std::filesystem::create_directories(folder.path().parent_path());
    std::ofstream(folder.path(), std::ios::binary) << bytes;
    const auto count = AnswerCount::open(files, folder.path());
    ASSERT_FALSE(count);
    EXPECT_EQ(count.error().code, ErrorCode::corrupt);
    EXPECT_NE(count.error().message().find("log"), std::string::npos);
  }
}

}  // namespace
}  // namespace perennial::feedback
