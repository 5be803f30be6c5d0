#include "feedback/label_log.hpp"
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "feedback/failing_files.hpp"
#include "feedback/rows.hpp"

extern char** environ;

namespace perennial::feedback {
namespace {

using testing::FailingFiles;
using testing::Folder;
using testing::kMissing;
using testing::label_of;

std::vector<std::string> stored_ids(const LabelLog& log) {
  std::vector<std::string> ids;
  EXPECT_TRUE(log.for_each(0, [&](LabelBatch&& batch) {
    for (const auto& key : batch.keys) ids.push_back(key.id);
    return true;
  }));
  return ids;
}

TEST(LabelLog, a_label_sent_again_is_a_duplicate_also_after_a_restart) {
  Folder folder;
  storage::RealFiles files;
  for (int start = 0; start < 2; ++start) {
    auto log = LabelLog::open(files, folder.path());
    ASSERT_TRUE(log) << log.error().message();
    for (int again = 0; again < 2; ++again) {
      const auto stored = (*log)->append(label_of("a", 5));
      ASSERT_TRUE(stored) << stored.error().message();
      const bool first = start == 0 && again == 0;
      EXPECT_EQ(stored->accepted, first ? 1u : 0u);
      EXPECT_EQ(stored->duplicates, first ? 0u : 1u);
    }
    EXPECT_EQ((*log)->drain().size(), start == 0 ? 1u : 0u);
    EXPECT_EQ(stored_ids(**log).size(), 1u);
    EXPECT_EQ((*log)->newest_sequence(), 1u);
  }
}

TEST(LabelLog, another_value_is_a_conflict_and_nothing_of_the_call_is_stored) {
  Folder folder;
  storage::RealFiles files;
  auto log = LabelLog::open(files, folder.path());
  ASSERT_TRUE(log);
  ASSERT_TRUE((*log)->append(label_of("a", 5)));
  LabelBatch both = label_of("b", 1);
  both.keys.push_back({"a", {}, {}});
  both.truth = {{1, 6}, {kMissing, kMissing}};
  const auto refused = (*log)->append(both);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_NE(refused.error().message().find("'a'"), std::string::npos) << refused.error().message();
  EXPECT_EQ(stored_ids(**log), (std::vector<std::string>{"a"}));
  EXPECT_TRUE((*log)->append(label_of("b", 2)));  // b is free still
}

TEST(LabelLog, a_second_target_of_a_prediction_may_come_later) {
  Folder folder;
  storage::RealFiles files;
  auto log = LabelLog::open(files, folder.path());
  ASSERT_TRUE((*log)->append(label_of("a", 5)));
  const auto stored = (*log)->append(label_of("a", 5, 2));
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->accepted, 1u);
  const auto batches = (*log)->drain();
  ASSERT_EQ(batches.size(), 2u);
  EXPECT_TRUE(std::isnan(batches[1].truth[0][0]));  // the known value is not handed on a second time
  EXPECT_EQ(batches[1].truth[1][0], 2);
  EXPECT_FALSE((*log)->append(label_of("a", 5, 1)));
}

TEST(LabelLog, a_full_disk_acknowledges_nothing_and_works_again_when_space_returns) {
  Folder folder;
  FailingFiles files;
  auto log = LabelLog::open(files, folder.path());
  ASSERT_TRUE((*log)->append(label_of("before", 1)));
  files.set_full(true);
  for (int i = 0; i < 3; ++i) {
    const auto refused = (*log)->append(label_of("while", 2));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::disk_full) << refused.error().message();
  }
  EXPECT_TRUE((*log)->failing());
  files.set_full(false);
  const auto stored = (*log)->append(label_of("while", 3));  // even another value: the first was never stored
  ASSERT_TRUE(stored) << stored.error().message();
  EXPECT_EQ(stored->accepted, 1u);
  EXPECT_FALSE((*log)->failing());
  EXPECT_EQ(stored_ids(**log), (std::vector<std::string>{"before", "while"}));
  log->reset();
  auto again = LabelLog::open(files, folder.path());
  ASSERT_TRUE(again) << again.error().message();
  EXPECT_EQ(stored_ids(**again).size(), 2u);
}

TEST(LabelLog, a_failed_sync_acknowledges_nothing) {
  Folder folder;
  FailingFiles files;
  auto log = LabelLog::open(files, folder.path());
  files.fail_syncs(true);
  EXPECT_FALSE((*log)->append(label_of("a", 1)));
  EXPECT_TRUE((*log)->drain().empty());
  files.fail_syncs(false);
  EXPECT_FALSE((*log)->append(label_of("a", 1)));  // pages may be gone: only a restart may believe the disk again
}

TEST(LabelLog, concurrent_callers_share_a_sync) {
  Folder folder;
  FailingFiles files;
  auto log = LabelLog::open(files, folder.path());
  ASSERT_TRUE(log);
  files.hold_syncs();
  std::vector<std::thread> callers;
  std::atomic<int> good{0};
  callers.emplace_back([&] { good += (*log)->append(label_of("t0", 0)) ? 1 : 0; });
  files.wait_until_held();
  const int before = files.syncs();
  for (int t = 1; t < 16; ++t)
    callers.emplace_back([&, t] { good += (*log)->append(label_of(fmt::format("t{}", t), t)) ? 1 : 0; });
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  files.release_syncs();
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(good, 16);
  EXPECT_LE(files.syncs() - before, 4);  // the one that was held, and the others together
  std::uint64_t last = 0;
  for (const auto& batch : (*log)->drain()) {
    EXPECT_GT(batch.sequence, last);
    last = batch.sequence;
  }
  EXPECT_EQ(last, 16u);
}

TEST(LabelLog, a_repeat_of_a_call_in_flight_waits_for_its_disk_write) {
  Folder folder;
  FailingFiles files;
  auto log = LabelLog::open(files, folder.path());
  files.hold_syncs();
  std::thread first([&] { EXPECT_TRUE((*log)->append(label_of("a", 1))); });
  files.wait_until_held();
  std::atomic<bool> answered{false};
  std::thread second([&] {
    const auto stored = (*log)->append(label_of("a", 1));
    answered = true;
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->duplicates, 1u);
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_FALSE(answered);
  files.release_syncs();
  first.join();
  second.join();
}

TEST(LabelLog, many_threads_store_every_label_once) {
  Folder folder;
  storage::RealFiles files;
  auto log = LabelLog::open(files, folder.path());
  std::atomic<std::size_t> accepted{0};
  std::vector<std::thread> callers;
  for (int t = 0; t < 8; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 100; ++i) {
        const auto stored = (*log)->append(label_of(fmt::format("x{}", i), i));
        ASSERT_TRUE(stored) << stored.error().message();
        accepted += stored->accepted;
      }
    });
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(accepted, 100u);
  EXPECT_EQ(stored_ids(**log).size(), 100u);
}

TEST(LabelLog, trap_30_what_waits_and_what_is_remembered_is_bounded) {
  Folder folder;
  storage::RealFiles files;
  auto log = LabelLog::open(files, folder.path(), {.sync_each_call = false, .keys_remembered = 10, .undrained = 50});
  for (int i = 0; i < 50; ++i) ASSERT_TRUE((*log)->append(label_of(fmt::format("x{}", i), i)));
  const auto refused = (*log)->append(label_of("more", 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::overloaded);
  EXPECT_EQ((*log)->drain().size(), 50u);
  EXPECT_EQ((*log)->append(label_of("x49", 49))->duplicates, 1u);
  EXPECT_EQ((*log)->append(label_of("x0", 0))->accepted, 1u);  // forgotten
  EXPECT_TRUE((*log)->flush());
}

// The child of the test below: labels c0, c1, … and writes each acknowledged number to the file.
TEST(LabelLogChild, DISABLED_stores_until_killed) {
  storage::RealFiles files;
  auto log = LabelLog::open(files, std::getenv("LABEL_LOG_FOLDER"));
  ASSERT_TRUE(log);
  const int acknowledged = open(std::getenv("LABEL_LOG_ACKNOWLEDGED"), O_WRONLY | O_APPEND | O_CREAT, 0600);
  for (int i = 0; i < 1'000'000; ++i) {
    if (!(*log)->append(label_of(fmt::format("c{}", i), i))) return;
    const std::string line = fmt::format("c{}\n", i);
    if (write(acknowledged, line.data(), line.size()) < 0) return;
  }
}

TEST(LabelLog, I3_an_acknowledged_label_survives_kill_9) {
  for (int round = 0; round < 3; ++round) {
    Folder folder;
    const std::string acknowledged = folder.path("acknowledged").string();
    std::vector<std::string> environment{"LABEL_LOG_FOLDER=" + folder.path().string(),
                                         "LABEL_LOG_ACKNOWLEDGED=" + acknowledged};
    std::vector<char*> variables;
    for (auto& variable : environment) variables.push_back(variable.data());
    for (char** v = environ; *v != nullptr; ++v) variables.push_back(*v);
    variables.push_back(nullptr);
    std::string program = std::filesystem::read_symlink("/proc/self/exe").string();
    std::string filter = "--gtest_filter=LabelLogChild.*", also = "--gtest_also_run_disabled_tests";
    char* arguments[] = {program.data(), filter.data(), also.data(), nullptr};
    pid_t child = 0;
    ASSERT_EQ(posix_spawn(&child, program.c_str(), nullptr, nullptr, arguments, variables.data()), 0);
    const auto lines = [&] {
      std::vector<std::string> all;
      std::ifstream in(acknowledged);
      for (std::string line; std::getline(in, line);) all.push_back(line);
      return all;
    };
    for (int i = 0; i < 2000 && lines().size() < 20u + 30u * static_cast<unsigned>(round); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    const auto promised = lines();
    ASSERT_GE(promised.size(), 20u);

    storage::RealFiles files;
    auto log = LabelLog::open(files, folder.path());
    ASSERT_TRUE(log) << log.error().message();
    const auto ids = stored_ids(**log);
    ASSERT_GE(ids.size(), promised.size());
    EXPECT_LE(ids.size(), promised.size() + 1);  // one may have been written and not acknowledged
    EXPECT_TRUE(std::equal(promised.begin(), promised.end(), ids.begin()));
    EXPECT_EQ((*log)->append(label_of(promised.back(), std::stod(promised.back().substr(1))))->duplicates, 1u);
  }
}

TEST(LabelLog, a_real_write_limit_is_a_full_disk_and_the_process_lives) {
  Folder folder;
  storage::RealFiles files;
  auto log = LabelLog::open(files, folder.path());
  ASSERT_TRUE((*log)->append(label_of("before", 1)));
  signal(SIGXFSZ, SIG_IGN);
  rlimit old{};
  getrlimit(RLIMIT_FSIZE, &old);
  rlimit small = old;
  small.rlim_cur = 200;
  setrlimit(RLIMIT_FSIZE, &small);
  const auto refused = (*log)->append(label_of(std::string(200, 'x'), 2));
  setrlimit(RLIMIT_FSIZE, &old);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::disk_full) << refused.error().message();
  EXPECT_TRUE((*log)->append(label_of("after", 3)));
  EXPECT_EQ(stored_ids(**log), (std::vector<std::string>{"before", "after"}));
}

}  // namespace
}  // namespace perennial::feedback
