#pragma once
// Every prediction, on disk. Logging never makes an answer slower: a full queue loses the record and counts it, and
// what a killed process had answered but not written is counted at the next start (I4).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "feedback/record.hpp"
#include "storage/files.hpp"
#include "storage/segment_log.hpp"

namespace perennial::feedback {

struct PredictionLogOptions {
  enum class Mode {
    sync,   ///< the caller's thread writes (replay, tests); no fdatasync before flush()
    async,  ///< a writer thread writes and group-commits
  };
  Mode mode = Mode::sync;
  std::size_t queue_rows =
      limits::prediction_log_queue;  ///< waiting rows, then lost; one record always fits an empty queue
  int commit_ms = 10;                ///< longest time a written record waits for its fdatasync
  std::uint64_t segment_bytes = limits::segment_bytes;
  std::uint64_t keep_bytes = 8ull << 30;  ///< oldest sealed segments are deleted beyond this
};

struct PredictionLogStatus {
  std::uint64_t rows_accepted = 0;  ///< queued or written
  std::uint64_t rows_written = 0;
  std::uint64_t rows_lost = 0;  ///< queue full, or the writer failed (at least those that are not on disk)
  std::uint64_t rows_waiting = 0;
  std::uint64_t bytes_written = 0;
  /// Async mode: rows that earlier processes had answered (expect()) and that are not in the log. Stays until
  /// losses_told().
  std::uint64_t rows_lost_before = 0;
  bool loss_is_exact = true;  ///< false: the machine went down, and the rows of its last moments may be missing as well
  bool failing = false;       ///< the newest write failed; cleared by the next one that works
  std::string last_error;     ///< kept after it has gone, empty if there never was one
};

/// One per model. All functions are thread-safe.
class PredictionLog {
 public:
  using Visit = std::function<void(PredictionRecord&&)>;

  /// Opens or makes the log in `folder`; a torn tail of an earlier process is cut off. The one reading that checks the
  /// log hands every stored record, oldest first, to `visit` where it is given. `files` must outlive the log.
  /// Errors: io, disk_full, corrupt.
  static Result<std::unique_ptr<PredictionLog>> open(storage::Files& files, const storage::Path& folder,
                                                     PredictionLogOptions options = {}, const Visit& visit = {});
  ~PredictionLog();  ///< writes what waits, then stops

  /// These rows are about to be answered and will be appended. Async mode; never blocks.
  void expect(std::size_t rows);
  /// rows_lost_before has been journalled.
  void losses_told();
  /// Never blocks on the disk in async mode and never fails: what cannot be kept is counted in status().rows_lost.
  void append(std::shared_ptr<const PredictionRecord> record);
  /// Everything appended before this call is on disk when it returns. Error: of the newest failed write.
  Status flush();
  PredictionLogStatus status() const;
  /// Those that are there now.
  storage::SegmentSpan segments() const;

  /// All stored records, oldest first; `visit` returns false to stop. Records appended meanwhile may or may not be
  /// seen. A block with a bad checksum is an error (corrupt) that names its segment.
  Status for_each(const std::function<bool(PredictionRecord&&)>& visit) const;
  /// The fewest newest records that hold at least `rows` rows together (all of them where there are fewer), oldest
  /// first.
  Result<std::vector<PredictionRecord>> newest(std::uint64_t rows) const;

 private:
  struct Impl;
  explicit PredictionLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace perennial::feedback
