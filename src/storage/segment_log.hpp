#pragma once
// An append-only log of byte records in numbered files, for the prediction log and the label log.
//
// Format, all numbers little-endian. File <8 digits>.seg, numbers rise by one:
//   header, 24 bytes: "PRNLSEG\n" | version u32 = 1 | segment number u32 | hash64 of the 16 bytes before it
//   record: checksum u64 | length u32 | payload; checksum = hash64(length and payload, seed = number << 32 | offset)
// The seed ties a record to its place: a copied or shifted record is not valid. A length of 0x80000000 is a mark
// without payload: "everything before me was synced". It is the first record written after a sync, and the last one
// of a log that was closed.
//
// Recovery at open. A sealed segment is synced before the next one is created, so only the last one can be torn.
// There the bytes from the first invalid record on are cut off and counted, but only if no later mark says that they
// were durable: in that case, and for damage in any sealed segment, open fails with corrupt, file and offset.
//
// A failed write or fsync latches the log: every later append and sync fails, reads go on. A full disk found while
// writing (not while syncing) does not latch: the file is cut back to its last whole record, the ones that did not
// reach it are lost (the next sync says so) and later ones may succeed.
//
// Threads: all calls may come from any thread; group commit (many appends, one sync) is the caller's.

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/limits.hpp"
#include "storage/files.hpp"

namespace perennial::storage {

/// Bytes of one record.
inline constexpr std::size_t segment_record_bytes = 8u << 20;
/// Bytes held back before they are handed to the kernel.
inline constexpr std::size_t segment_buffer_bytes = 256u << 10;

/// Where a record starts. Ordered. {0, 0} is before everything.
struct SegmentPosition {
  std::uint32_t segment = 0;
  std::uint64_t offset = 0;
  friend auto operator<=>(const SegmentPosition&, const SegmentPosition&) = default;
};

/// The segments of a log that are there; none is missing in between.
struct SegmentSpan {
  std::uint32_t oldest = 1;
  std::uint32_t newest = 1;
  friend bool operator==(const SegmentSpan&, const SegmentSpan&) = default;
};

struct SegmentOptions {
  std::uint64_t segment_bytes = limits::segment_bytes;
};

/// What open() found.
struct SegmentReport {
  std::uint64_t segments = 0;
  std::uint64_t records = 0;
  std::uint64_t torn_bytes = 0;  ///< cut from the end of the last segment; never acknowledged as durable
  SegmentPosition end;           ///< where the next record goes
};

class SegmentLog {
 public:
  using Each = std::function<Status(SegmentPosition at, std::string_view payload, SegmentPosition next)>;

  /// `files` must outlive the log. Reads and checks every record that is there, and hands each, oldest first, to `each`
  /// where it is given: whoever wants them all need not read() them again. Damage that is found later still fails the
  /// call. Errors: corrupt, io, disk_full, those of `each`.
  static Result<std::unique_ptr<SegmentLog>> open(Files& files, Path directory, SegmentOptions options = {},
                                                  const Each& each = {});
  /// Does not sync.
  ~SegmentLog();
  SegmentLog(const SegmentLog&) = delete;
  SegmentLog& operator=(const SegmentLog&) = delete;

  const SegmentReport& opened() const { return report_; }

  /// Buffers a record; not durable before sync() has returned. Returns where it starts.
  Result<SegmentPosition> append(std::string_view payload);
  /// Everything appended so far is durable on return.
  Status sync();

  /// Each record at or after `from` that was appended before the call, oldest first; `next` is the position to go on
  /// from. Includes records that are not yet durable, leaves out segments that are removed meanwhile. Ends at the first
  /// error of `each`.
  Status read(SegmentPosition from, const Each& each);
  /// The same without opening for writing: a torn tail is skipped, not cut.
  static Result<SegmentReport> read_only(Files& files, const Path& directory, SegmentPosition from, const Each& each);

  /// The segments that are there, ascending, without opening the log. Error: corrupt where one is missing in between.
  static Result<std::vector<std::uint32_t>> segments(Files& files, const Path& directory);
  /// The same with the bytes of each file, and whether or not one is missing.
  static Result<std::map<std::uint32_t, std::uint64_t>> sizes(Files& files, const Path& directory);
  /// The records of one of them, as read_only() gives them; only the newest may have a torn tail. While another thread
  /// or process appends, what it has handed to the kernel is seen.
  static Status read_segment(Files& files, const Path& directory, std::uint32_t number, bool is_newest,
                             const Each& each);

  /// Syncs and leaves a mark, so that damage of any byte is seen at the next open. Ends the appending.
  Status close();
  /// Removes sealed segments before `segment`; the newest one always stays.
  Status remove_before(std::uint32_t segment);
  SegmentPosition end() const;
  /// Never waits for the disk.
  SegmentSpan span() const;
  bool latched() const;

 private:
  SegmentLog(Files& files, Path directory, SegmentOptions options);
  Path path_of(std::uint32_t number) const;
  Status start_segment(std::uint32_t number);
  Status recover(std::uint32_t last, const Each& each);
  bool was_removed(std::uint32_t number) const;
  Status flush();
  Status sync_locked();
  std::unexpected<Error> latch(Error error);

  Files* files_;
  Path directory_;
  SegmentOptions options_;
  SegmentReport report_;
  mutable std::mutex mutex_;
  std::unique_ptr<AppendFile> file_;
  // Written under the mutex, which is held while the disk works; span() must not wait for that.
  std::atomic<std::uint32_t> first_ = 1;
  std::atomic<std::uint32_t> number_ = 0;
  std::string buffer_;
  std::uint64_t written_ = 0;   ///< bytes of the current segment that the kernel has
  std::uint64_t durable_ = 0;   ///< bytes of it that are synced
  std::uint64_t buffered_ = 0;  ///< records in the buffer
  std::uint64_t lost_ = 0;      ///< records dropped by a full disk, not yet reported by sync()
  std::uint64_t told_ = 0;      ///< those that the newest sync_locked() reported
  bool sealed_ = false;         ///< full, and the next one could not be created yet
  bool closed_ = false;
  std::optional<Error> latched_;
};

}  // namespace perennial::storage
