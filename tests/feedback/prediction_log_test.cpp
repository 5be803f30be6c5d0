#include "feedback/prediction_log.hpp"
#include <gtest/gtest.h>

#include "feedback/failing_files.hpp"
#include "feedback/rows.hpp"

namespace perennial::feedback {
namespace {

using testing::Folder;
using testing::shared_record;
using Mode = PredictionLogOptions::Mode;

std::vector<std::string> stored_ids(const PredictionLog& log) {
  std::vector<std::string> ids;
  EXPECT_TRUE(log.for_each([&](PredictionRecord&& record) {
    ids.insert(ids.end(), record.ids.begin(), record.ids.end());
    return true;
  }));
  return ids;
}

TEST(PredictionLog, gives_back_everything_after_a_restart_in_either_mode) {
  for (const Mode mode : {Mode::sync, Mode::async}) {
    Folder folder;
    storage::RealFiles files;
    for (std::size_t start = 0; start < 3; ++start) {
      auto log = PredictionLog::open(files, folder.path(), {.mode = mode});
      ASSERT_TRUE(log) << log.error().message();
      for (std::size_t i = 0; i < 10; ++i) (*log)->append(shared_record(100 * start + 10 * i, 10));
      ASSERT_TRUE((*log)->flush());
      EXPECT_EQ((*log)->status().rows_written, 100u);
      EXPECT_EQ((*log)->status().rows_lost, 0u);
    }
    auto log = PredictionLog::open(files, folder.path(), {.mode = mode});
    ASSERT_TRUE(log);
    const auto ids = stored_ids(**log);
    ASSERT_EQ(ids.size(), 300u);
    EXPECT_EQ(ids[299], "r299");
  }
}

TEST(PredictionLog, newest_reads_no_more_blocks_than_it_needs) {
  Folder folder;
  storage::RealFiles files;
  auto log = PredictionLog::open(files, folder.path(), {.segment_bytes = 4096});
  ASSERT_TRUE(log);
  for (std::size_t i = 0; i < 50; ++i) (*log)->append(shared_record(10 * i, 10));
  const auto newest = (*log)->newest(25);
  ASSERT_TRUE(newest) << newest.error().message();
  ASSERT_EQ(newest->size(), 3u);
  EXPECT_EQ(newest->front().ids.front(), "r470");
  EXPECT_EQ((*log)->newest(100000)->size(), 50u);
  EXPECT_TRUE((*log)->newest(0)->empty());
}

TEST(PredictionLog, trap_30_old_segments_are_deleted) {
  Folder folder;
  storage::RealFiles files;
  auto log = PredictionLog::open(files, folder.path(), {.segment_bytes = 8192, .keep_bytes = 3 * 8192});
  ASSERT_TRUE(log);
  for (std::size_t i = 0; i < 500; ++i) (*log)->append(shared_record(10 * i, 10));
  ASSERT_TRUE((*log)->flush());
  std::uint64_t bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) bytes += entry.file_size();
  EXPECT_LE(bytes, 4u * 8192u);
  EXPECT_EQ(stored_ids(**log).back(), "r4999");
  EXPECT_EQ((*log)->newest(100000)->back().ids.back(), "r4999");
}

TEST(PredictionLog, a_full_queue_loses_and_counts_and_never_waits) {
  Folder folder;
  testing::FailingFiles files;
  auto log = PredictionLog::open(files, folder.path(), {.mode = Mode::async, .queue_rows = 100});
  ASSERT_TRUE(log);
  files.hold_syncs();  // the writer hangs in its first fdatasync
  (*log)->append(shared_record(0, 10));
  files.wait_until_held();
  for (std::size_t i = 0; i < 20; ++i) (*log)->append(shared_record(10 + 10 * i, 10));
  const auto status = (*log)->status();
  EXPECT_EQ(status.rows_lost, 100u);
  EXPECT_EQ(status.rows_waiting, 100u);
  files.release_syncs();
  EXPECT_TRUE((*log)->flush());
  EXPECT_EQ((*log)->status().rows_written, 110u);
}

TEST(PredictionLog, a_full_disk_is_counted_shown_and_survived) {
  Folder folder;
  testing::FailingFiles files;
  auto log = PredictionLog::open(files, folder.path(), {.mode = Mode::async});
  ASSERT_TRUE(log);
  (*log)->append(shared_record(0, 10));
  ASSERT_TRUE((*log)->flush());
  files.set_full(true);
  (*log)->append(shared_record(10, 10));
  EXPECT_FALSE((*log)->flush());
  EXPECT_TRUE((*log)->status().failing);
  EXPECT_NE((*log)->status().last_error, "");
  files.set_full(false);
  (*log)->append(shared_record(20, 10));
  EXPECT_TRUE((*log)->flush());
  EXPECT_FALSE((*log)->status().failing);
  const auto ids = stored_ids(**log);
  ASSERT_EQ(ids.size(), 20u);
  EXPECT_EQ(ids.back(), "r29");
}

TEST(PredictionLog, what_was_answered_and_never_came_is_told_once_to_the_next_life) {
  Folder folder;
  storage::RealFiles files;
  const auto open = [&] { return *PredictionLog::open(files, folder.path(), {.mode = Mode::async}); };
  {
    const auto log = open();
    EXPECT_EQ(log->status().rows_lost_before, 0u);
    log->expect(30);
    log->append(shared_record(0, 10));
    log->expect(5);
    log->append(shared_record(10, 5));
    EXPECT_TRUE(log->flush());
  }
  for (int time = 0; time < 2; ++time) {
    const auto log = open();
    EXPECT_EQ(log->status().rows_lost_before, 20u) << "not told yet, so it is not forgotten";
    log->expect(7);
    log->append(shared_record(100 + 10 * static_cast<std::size_t>(time), 7));
  }
  {
    const auto log = open();
    log->losses_told();
    EXPECT_EQ(log->status().rows_lost_before, 0u);
  }
  const auto log = open();
  EXPECT_EQ(log->status().rows_lost_before, 0u) << "told";
  EXPECT_TRUE(log->status().loss_is_exact);
  EXPECT_EQ(stored_ids(*log).size(), 29u);
}

TEST(PredictionLog, a_log_without_a_count_of_answers_has_lost_nothing) {
  Folder folder;
  storage::RealFiles files;
  for (int time = 0; time < 2; ++time) {
    auto log = PredictionLog::open(files, folder.path(), {.mode = Mode::async});
    ASSERT_TRUE(log) << log.error().message();
    (*log)->append(shared_record(100 * static_cast<std::size_t>(time), 10));
    EXPECT_EQ((*log)->status().rows_lost_before, 0u);
  }
  std::filesystem::remove(folder.path("log.answered"));
  const auto log = PredictionLog::open(files, folder.path(), {.mode = Mode::async});
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ((*log)->status().rows_lost_before, 0u);
}

TEST(PredictionLog, a_record_larger_than_a_block_is_stored_in_parts) {
  Folder folder;
  storage::RealFiles files;
  auto log = PredictionLog::open(files, folder.path());
  ASSERT_TRUE(log);
  auto record = testing::record_of(0, 20000);
  for (auto& id : record.ids) id += std::string(600, 'x');
  (*log)->append(std::make_shared<PredictionRecord>(record));
  ASSERT_TRUE((*log)->flush());
  EXPECT_EQ((*log)->status().rows_written, 20000u);
  EXPECT_EQ(stored_ids(**log), record.ids);
}

}  // namespace
}  // namespace perennial::feedback
