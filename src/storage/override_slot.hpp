#pragma once
// A preallocated file that remembers rollbacks which could not be journalled because the disk is full. It is
// overwritten in place and needs no free space (on file systems that overwrite in place: ext4, xfs; not btrfs, zfs).
// On start it is applied before the journal, and cleared once the rollback is journalled.
//
// Format: two copies of 4096 bytes, the one with the higher valid generation counts; a write goes to the other one, so
// a torn write leaves the earlier state. Copy, little-endian: "PRNLOVR\n" | version u32 = 1 | records u32 |
// generation u64 | hash64 of the copy with this field zero | zeros up to 256 | 15 records of 256 bytes.
// Record: model length u8, model 128 | reason length u8, reason 90 (cut) | major, minor, patch u32 | at µs i64 | seq
// u64 | command u64.

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "core/version.hpp"
#include "storage/files.hpp"

namespace perennial::storage {

/// Pending overrides of one slot; one per model.
inline constexpr std::size_t override_slot_records = 15;

struct PendingOverride {
  std::string model;         ///< at most limits::name_bytes
  VersionNumber version_to;  ///< serve this one
  TimePoint at{};
  std::string reason;         ///< the first 90 bytes are kept
  std::uint64_t seq = 0;      ///< last journal seq when it was written
  std::uint64_t command = 0;  ///< hash64 of the id of the command that asked for it; 0 where it had none
};

/// Not thread-safe.
class OverrideSlot {
 public:
  /// Creates the file (8 KiB, written and synced) where there is none. Error: corrupt where neither copy is valid.
  static Result<OverrideSlot> open(Files& files, Path file);

  /// Durable on return; replaces the model's earlier one. too_large when 15 other models are pending.
  Status write(const PendingOverride& pending);
  /// Sorted by model.
  const std::vector<PendingOverride>& read() const { return pending_; }
  /// Durable on return; a model that is not there is not an error.
  Status clear(const std::string& model);

 private:
  OverrideSlot(Files& files, Path file) : files_(&files), file_(std::move(file)) {}
  Status store(std::vector<PendingOverride> pending);

  Files* files_;
  Path file_;
  std::vector<PendingOverride> pending_;
  std::uint64_t generation_ = 0;
  int newest_copy_ = 0;
};

}  // namespace perennial::storage
