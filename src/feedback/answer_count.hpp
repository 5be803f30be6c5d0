#pragma once
// How many rows were answered, kept where a killed process leaves it behind: what the prediction log lacks of them at
// the next start was lost, and is told (I4).

#include <atomic>
#include <cstdint>
#include <memory>

#include "core/result.hpp"
#include "storage/files.hpp"
#include "storage/segment_log.hpp"

namespace perennial::feedback {

/// A page of shared memory over a file of 4 KiB. Counting is one addition in memory: it never waits for the disk, and
/// the kernel keeps it when the process is killed. It does not survive the machine: see Opened::exact.
class AnswerCount {
 public:
  struct Opened {
    std::uint64_t answered = 0;         ///< rows ever counted
    std::uint64_t settled = 0;          ///< of them: known to be in the log before `position`, or told as lost
    storage::SegmentPosition position;  ///< of the log
    std::uint64_t unreported = 0;       ///< lost rows of earlier lives that nobody has confirmed to have told
    bool exact = true;  ///< false: the machine went down with the process, and the newest counts may be missing
  };

  /// Makes the file where it is not there (then everything is 0). Errors: io, disk_full, corrupt.
  static Result<std::unique_ptr<AnswerCount>> open(storage::Files& files, const storage::Path& path);
  ~AnswerCount();
  AnswerCount(const AnswerCount&) = delete;
  AnswerCount& operator=(const AnswerCount&) = delete;

  const Opened& opened() const { return opened_; }

  /// Thread-safe, wait-free.
  void add(std::uint64_t rows);
  /// From one thread at a time: `settled` of the counted rows are accounted for, the log up to `position` holds them.
  /// A kill in the middle leaves the state before or after.
  void settle(std::uint64_t settled, storage::SegmentPosition position, std::uint64_t unreported);
  /// The next open() need not doubt the count: an orderly end.
  void close();

 private:
  struct Page;
  AnswerCount() = default;

  Page* page_ = nullptr;
  Opened opened_;
};

}  // namespace perennial::feedback
