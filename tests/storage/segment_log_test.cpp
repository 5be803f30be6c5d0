#include "storage/segment_log.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <thread>

#include "storage/faulty_files.hpp"
#include "storage/segment_format.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::storage {
namespace {

using test::FaultyFiles;
using test::TemporaryDirectory;
using ::testing::HasSubstr;

std::vector<std::string> records(SegmentLog& log, SegmentPosition from = {}) {
  std::vector<std::string> seen;
  const auto status = log.read(from, [&](SegmentPosition, std::string_view payload, SegmentPosition) -> Status {
    seen.emplace_back(payload);
    return {};
  });
  EXPECT_TRUE(status) << status.error().message();
  return seen;
}

constexpr std::uint64_t whole_file = 1u << 30;

std::string record(int i) { return "record " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 37), 'x'); }

void put(const Path& path, std::string_view bytes) {
  // A new file: overwriting one from its start makes ext4 wait for the disk.
  std::filesystem::remove(path);
  std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

TEST(SegmentLog, records_come_back_in_order_over_restarts_and_segments) {
  TemporaryDirectory dir;
  RealFiles files;
  std::vector<std::string> expected;
  for (int round = 0; round < 3; ++round) {
    auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 2000}).value();
    EXPECT_EQ(log->opened().records, expected.size());
    EXPECT_EQ(log->opened().torn_bytes, 0u);
    for (int i = 0; i < 100; ++i) {
      expected.push_back(record(i));
      ASSERT_TRUE(log->append(expected.back()));
      if (i % 10 == 9) {
        ASSERT_TRUE(log->sync());
      }
    }
    EXPECT_EQ(records(*log), expected);
  }
  EXPECT_GT(std::distance(std::filesystem::directory_iterator(dir / "log"), {}), 4);
  auto log = SegmentLog::open(files, dir / "log").value();
  EXPECT_EQ(records(*log), expected);
}

TEST(SegmentLog, reading_goes_on_from_any_record) {
  TemporaryDirectory dir;
  RealFiles files;
  auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 500}).value();
  std::vector<SegmentPosition> starts;
  for (int i = 0; i < 60; ++i) starts.push_back(log->append(record(i)).value());
  ASSERT_TRUE(log->sync());
  for (int i = 0; i < 60; i += 7) {
    const auto rest = records(*log, starts[static_cast<std::size_t>(i)]);
    ASSERT_EQ(rest.size(), static_cast<std::size_t>(60 - i));
    EXPECT_EQ(rest.front(), record(i));
  }
  SegmentPosition next{};
  int seen = 0;
  ASSERT_FALSE(log->read({}, [&](SegmentPosition, std::string_view, SegmentPosition after) -> Status {
    next = after;
    return ++seen == 10 ? Status(fail(ErrorCode::cancelled, "enough")) : Status{};
  }));
  EXPECT_EQ(records(*log, next).front(), record(10));
}

TEST(SegmentLog, empty_and_large_records_and_an_empty_log) {
  TemporaryDirectory dir;
  RealFiles files;
  const std::string large(3u << 20, 'L');
  {
    auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 1000}).value();
    EXPECT_TRUE(records(*log).empty());
    ASSERT_TRUE(log->append(""));
    ASSERT_TRUE(log->append(large)) << "larger than a segment: it has one of its own";
    ASSERT_TRUE(log->append("z"));
    EXPECT_EQ(log->append(std::string(segment_record_bytes + 1, 'x')).error().code, ErrorCode::too_large);
    ASSERT_TRUE(log->close());
    EXPECT_FALSE(log->append("after the end"));
  }
  auto log = SegmentLog::open(files, dir / "log").value();
  EXPECT_EQ(records(*log), (std::vector<std::string>{"", large, "z"}));
}

TEST(SegmentLog, a_tail_torn_at_any_offset_of_the_last_4_kib_loses_only_what_was_torn) {
  TemporaryDirectory dir;
  FaultyFiles files;
  std::vector<std::uint64_t> ends;
  {
    auto log = SegmentLog::open(files, dir / "log").value();
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(log->append(record(i)));
      ends.push_back(log->end().offset);
    }
    ASSERT_TRUE(log->sync());
  }
  const auto whole = files.read_all(dir / "log/00000001.seg", whole_file).value();
  ASSERT_GT(whole.size(), 4096u + 100);
  std::filesystem::create_directory(dir / "torn");
  for (std::size_t size = whole.size() - 4096; size <= whole.size(); ++size) {
    put(dir / "torn/00000001.seg", std::string_view(whole).substr(0, size));
    auto log = SegmentLog::open(files, dir / "torn");
    ASSERT_TRUE(log) << size;
    const auto complete = static_cast<std::uint64_t>(std::ranges::upper_bound(ends, size) - ends.begin());
    ASSERT_EQ((*log)->opened().records, complete) << size;
    const std::uint64_t good = complete == 0 ? segment_format::header_bytes : ends[complete - 1];
    ASSERT_EQ((*log)->opened().torn_bytes, size - good);
    ASSERT_TRUE((*log)->append("after"));
    if (size % 64 == 0) {
      ASSERT_TRUE((*log)->sync());
      const auto seen = records(**log);
      ASSERT_EQ(seen.size(), complete + 1);
      ASSERT_EQ(seen.back(), "after");
    }
  }
}

TEST(SegmentLog, a_tail_of_zeros_or_of_an_older_file_is_torn_too) {
  TemporaryDirectory dir;
  FaultyFiles files;
  {
    auto log = SegmentLog::open(files, dir / "log").value();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append(record(i)));
    ASSERT_TRUE(log->sync());
  }
  const auto whole = files.read_all(dir / "log/00000001.seg", whole_file).value();
  for (const auto& tail : {std::string(5000, '\0'), whole.substr(24), std::string(5000, '\xff')}) {
    put(dir / "log/00000001.seg", whole + tail);
    auto log = SegmentLog::open(files, dir / "log").value();
    EXPECT_EQ(log->opened().records, 20u);
    EXPECT_EQ(log->opened().torn_bytes, tail.size());
  }
}

TEST(SegmentLog, a_flipped_byte_is_found_everywhere_in_a_closed_log) {
  TemporaryDirectory dir;
  FaultyFiles files;
  {
    auto log = SegmentLog::open(files, dir / "log").value();
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(log->append(record(i)));
      if (i % 20 == 19) {
        ASSERT_TRUE(log->sync());
      }
    }
    ASSERT_TRUE(log->close());
  }
  const auto whole = files.read_all(dir / "log/00000001.seg", whole_file).value();
  std::filesystem::create_directory(dir / "flipped");
  const std::size_t last_mark = whole.size() - segment_format::record_header_bytes;
  for (std::size_t i = 0; i < last_mark; ++i) {
    auto flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ (1 << (i % 8)));
    put(dir / "flipped/00000001.seg", flipped);
    const auto log = SegmentLog::open(files, dir / "flipped");
    ASSERT_FALSE(log) << i;
    ASSERT_EQ(log.error().code, ErrorCode::corrupt);
    ASSERT_THAT(log.error().where, HasSubstr("00000001.seg"));
    ASSERT_THAT(log.error().what, HasSubstr(" at byte "));
    ASSERT_EQ(files.read_all(dir / "flipped/00000001.seg", whole_file).value().size(), whole.size())
        << "nothing is cut";
  }
}

TEST(SegmentLog, damage_before_the_last_sync_is_an_error_even_without_a_close) {
  TemporaryDirectory dir;
  FaultyFiles files;
  std::uint64_t synced = 0;
  {
    auto log = SegmentLog::open(files, dir / "log").value();
    for (int i = 0; i < 20; ++i) ASSERT_TRUE(log->append(record(i)));
    ASSERT_TRUE(log->sync());
    synced = log->end().offset;
    ASSERT_TRUE(log->append("not yet synced"));
  }
  const auto whole = files.read_all(dir / "log/00000001.seg", whole_file).value();
  ASSERT_GT(whole.size(), synced);
  for (std::size_t i = segment_format::header_bytes; i < synced; i += 3) {
    auto flipped = whole;
    flipped[i] = static_cast<char>(flipped[i] ^ 0x40);
    put(dir / "log/00000001.seg", flipped);
    ASSERT_FALSE(SegmentLog::open(files, dir / "log")) << i;
  }
}

TEST(SegmentLog, damage_in_a_sealed_segment_is_an_error_that_names_file_and_offset) {
  TemporaryDirectory dir;
  FaultyFiles files;
  {
    auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 400}).value();
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(log->append(record(i)));
    ASSERT_TRUE(log->sync());
  }
  const Path second = dir / "log/00000002.seg";
  const auto good = files.read_all(second, whole_file).value();
  put(second, std::string_view(good).substr(0, good.size() - 1));
  auto log = SegmentLog::open(files, dir / "log");
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::corrupt);
  EXPECT_THAT(log.error().where, HasSubstr("00000002.seg"));
  // A segment in the place of another one is damage as well.
  put(second, files.read_all(dir / "log/00000003.seg", whole_file).value());
  EXPECT_FALSE(SegmentLog::open(files, dir / "log"));
  std::filesystem::remove(second);
  log = SegmentLog::open(files, dir / "log");
  ASSERT_FALSE(log);
  EXPECT_THAT(log.error().what, HasSubstr("missing"));
}

TEST(SegmentLog, what_was_synced_survives_the_loss_of_power_whatever_was_kept_of_the_rest) {
  for (const std::uint64_t kept : {0, 1, 11, 12, 13, 20, 40, 100, 1000}) {
    TemporaryDirectory dir;
    FaultyFiles files;
    {
      auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 700}).value();
      for (int i = 0; i < 50; ++i) ASSERT_TRUE(log->append(record(i)));
      ASSERT_TRUE(log->sync());
      for (int i = 50; i < 60; ++i) ASSERT_TRUE(log->append(record(i)));
    }
    files.lose_power(kept);
    auto log = SegmentLog::open(files, dir / "log");
    ASSERT_TRUE(log) << kept << " " << log.error().message();
    const auto seen = records(**log);
    ASSERT_GE(seen.size(), 50u) << kept;
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], record(static_cast<int>(i)));
  }
}

TEST(SegmentLog, any_operation_may_fail_and_nothing_that_was_acknowledged_is_lost) {
  for (const int error : {ENOSPC, EIO})
    for (const bool for_ever : {false, true}) {
      bool clean = false;
      for (int n = 1; n < 500 && !clean; ++n) {
        TemporaryDirectory dir;
        FaultyFiles files;
        files.fail_at = n;
        files.for_ever = for_ever;
        files.error_number = error;
        std::vector<std::string> acknowledged;
        bool failed = false;
        if (auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 300})) {
          for (int batch = 0; batch < 12; ++batch) {
            std::vector<std::string> pending;
            bool whole = true;
            for (int i = 0; i < 3; ++i) {
              pending.push_back(record(batch * 3 + i));
              whole = (*log)->append(pending.back()).has_value() && whole;
            }
            whole = (*log)->sync().has_value() && whole;
            if (whole) acknowledged.insert(acknowledged.end(), pending.begin(), pending.end());
            failed = failed || !whole;
          }
        } else {
          failed = true;
        }
        clean = !failed;
        files.fail_at = 0;
        files.lose_power();
        auto again = SegmentLog::open(files, dir / "log", {.segment_bytes = 300});
        ASSERT_TRUE(again) << n << ": " << again.error().message();
        const auto seen = records(**again);
        std::size_t at = 0;
        for (const auto& one : acknowledged) {
          while (at < seen.size() && seen[at] != one) ++at;
          ASSERT_LT(at, seen.size()) << "lost '" << one << "' when operation " << n << " failed";
        }
      }
      EXPECT_TRUE(clean) << "the loop never came to its end";
    }
}

TEST(SegmentLog, a_failed_sync_latches_and_is_never_tried_again) {
  TemporaryDirectory dir;
  FaultyFiles files;
  files.only_syncs = true;
  auto log = SegmentLog::open(files, dir / "log").value();
  ASSERT_TRUE(log->append("safe"));
  ASSERT_TRUE(log->sync());
  files.fail_at = files.syncs + 1;
  ASSERT_TRUE(log->append("unknown"));
  EXPECT_FALSE(log->sync());
  EXPECT_TRUE(log->latched());
  const int syncs = files.syncs;
  EXPECT_FALSE(log->sync());
  EXPECT_FALSE(log->append("more"));
  EXPECT_EQ(files.syncs, syncs);
  EXPECT_EQ(records(*log).front(), "safe") << "reading goes on";
}

TEST(SegmentLog, a_full_disk_is_told_and_later_records_are_taken_again) {
  TemporaryDirectory dir;
  FaultyFiles files;
  auto log = SegmentLog::open(files, dir / "log").value();
  ASSERT_TRUE(log->append("first"));
  ASSERT_TRUE(log->sync());
  files.error_number = ENOSPC;
  files.fail_at = files.operations + 1;
  ASSERT_TRUE(log->append("does not fit"));
  const auto status = log->sync();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::disk_full);
  EXPECT_FALSE(log->latched());
  ASSERT_TRUE(log->append("second"));
  EXPECT_TRUE(log->sync());
  EXPECT_EQ(records(*log), (std::vector<std::string>{"first", "second"}));
}

TEST(SegmentLog, looking_only_does_not_cut_a_torn_tail) {
  TemporaryDirectory dir;
  RealFiles files;
  {
    auto log = SegmentLog::open(files, dir / "log").value();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(log->append(record(i)));
    ASSERT_TRUE(log->sync());
  }
  const Path path = dir / "log/00000001.seg";
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
  const auto size = std::filesystem::file_size(path);
  int seen = 0;
  const auto report = SegmentLog::read_only(files, dir / "log", {}, [&](auto, auto, auto) -> Status {
    ++seen;
    return {};
  });
  ASSERT_TRUE(report);
  EXPECT_EQ(seen, 4);
  EXPECT_GT(report->torn_bytes, 0u);
  EXPECT_EQ(std::filesystem::file_size(path), size);
}

TEST(SegmentLog, old_segments_can_be_dropped_and_the_newest_stays) {
  TemporaryDirectory dir;
  RealFiles files;
  std::size_t left = 0;
  {
    auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 300}).value();
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(log->append(record(i)));
    ASSERT_TRUE(log->remove_before(4));
    left = records(*log).size();
    EXPECT_LT(left, 60u);
    ASSERT_TRUE(log->remove_before(1000000));
    ASSERT_TRUE(log->append("still works"));
    ASSERT_TRUE(log->sync());
  }
  auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 300}).value();
  EXPECT_EQ(records(*log).back(), "still works");
}

TEST(SegmentLog, opening_hands_on_what_it_checks_without_the_torn_end) {
  TemporaryDirectory dir;
  RealFiles files;
  {
    auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 300}).value();
    for (int i = 0; i < 60; ++i) ASSERT_TRUE(log->append(record(i)));
    ASSERT_TRUE(log->sync());
    ASSERT_TRUE(log->remove_before(3));
  }
  const auto newest = SegmentLog::segments(files, dir / "log").value().back();
  const Path path = dir / fmt::format("log/{:08}.seg", newest);
  std::filesystem::resize_file(path, std::filesystem::file_size(path) - 3);
  std::vector<std::string> handed;
  std::vector<SegmentPosition> at;
  const auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 300},
                                    [&](SegmentPosition position, std::string_view payload, auto) -> Status {
                                      handed.emplace_back(payload);
                                      at.push_back(position);
                                      return {};
                                    });
  ASSERT_TRUE(log) << log.error().message();
  EXPECT_EQ(handed, records(**log));
  EXPECT_EQ(handed.back(), record(58));
  EXPECT_TRUE(std::ranges::is_sorted(at));
  EXPECT_EQ(at.front().segment, 3u);
  EXPECT_EQ((*log)->span(), (SegmentSpan{3, newest}));
  EXPECT_EQ(handed.size(), (*log)->opened().records);
}

TEST(SegmentLog, opening_fails_with_the_error_of_whoever_takes_the_records) {
  TemporaryDirectory dir;
  RealFiles files;
  {
    auto log = SegmentLog::open(files, dir / "log").value();
    ASSERT_TRUE(log->append("one"));
  }
  const auto log = SegmentLog::open(files, dir / "log", {},
                                    [&](auto, auto, auto) -> Status { return fail(ErrorCode::cancelled, "no"); });
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().code, ErrorCode::cancelled);
}

TEST(SegmentLog, segments_that_are_removed_while_a_reader_is_on_its_way_are_left_out) {
  TemporaryDirectory dir;
  RealFiles files;
  auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 300}).value();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(log->append(record(i)));
  std::vector<std::string> seen;
  const auto read = log->read({}, [&](SegmentPosition at, std::string_view payload, auto) -> Status {
    if (at.segment == 1) TRY(log->remove_before(4));
    seen.emplace_back(payload);
    return {};
  });
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(seen.front(), record(0));
  EXPECT_EQ(seen.back(), record(59));
  EXPECT_LT(seen.size(), 60u);
}

TEST(SegmentLog, threads_may_append_and_sync_together) {
  TemporaryDirectory dir;
  RealFiles files;
  auto log = SegmentLog::open(files, dir / "log", {.segment_bytes = 4000}).value();
  const auto work = [&](char name) {
    for (int i = 0; i < 300; ++i) {
      ASSERT_TRUE(log->append(std::string(20, name)));
      if (i % 50 == 0) {
        ASSERT_TRUE(log->sync());
      }
    }
  };
  std::thread one(work, 'a');
  std::thread two(work, 'b');
  one.join();
  two.join();
  ASSERT_TRUE(log->sync());
  EXPECT_EQ(records(*log).size(), 600u);
}

}  // namespace
}  // namespace perennial::storage
