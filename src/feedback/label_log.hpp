#pragma once
// Labels are durable before they are acknowledged (I3), and counted once.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/result.hpp"
#include "feedback/label_batch.hpp"
#include "feedback/label_horizon.hpp"
#include "storage/files.hpp"

namespace perennial::feedback {

class PredictionLog;

/// Label keys that one model remembers to recognise a label that is sent again.
inline constexpr std::size_t kLabelKeysRemembered = 1'000'000;
/// Acknowledged labels that wait for the loop to drain them; then calls are refused as overloaded.
inline constexpr std::size_t kLabelsUndrained = 1'000'000;

/// Segments that one trim() removes; the next one goes on.
inline constexpr std::uint32_t kSegmentsTrimmedAtOnce = 16;

struct LabelLogOptions {
  bool sync_each_call = true;  ///< false: replay; durable only at flush()
  std::size_t keys_remembered = kLabelKeysRemembered;
  std::size_t undrained = kLabelsUndrained;
  std::uint64_t segment_bytes = limits::segment_bytes;
  std::uint64_t keep_bytes = 8ull << 30;               ///< trim() removes the oldest sealed segments beyond this
  std::uint32_t early_segments = kEarlyLabelSegments;  ///< see LabelHorizon
};

struct LabelsStored {
  std::size_t accepted = 0;    ///< stored now
  std::size_t duplicates = 0;  ///< the same label was stored before
  std::uint64_t sequence = 0;  ///< of the batch that was stored; 0 where all were duplicates
};

/// Label segments that nobody needs any more.
struct LabelsTrimmed {
  std::uint64_t segments = 0;
  std::uint64_t bytes = 0;
};

/// One per model. Thread-safe; concurrent callers share one fdatasync.
/// Duplicates are recognised per key and target among the newest `keys_remembered` ones (kept as 128-bit fingerprints
/// with a 64-bit fingerprint of the value, also across restarts). A label that is older and sent again is stored once
/// more, but cannot be counted twice, because its prediction has left the Joiner.
class LabelLog {
 public:
  using Visit = std::function<void(LabelBatch&&)>;

  /// Opens or makes the log in `folder`, cuts off a torn tail, and reads the known keys back; the same one reading
  /// hands every stored batch, oldest first, to `visit` where it is given. `files` must outlive the log. Errors:
  /// corrupt, io, disk_full.
  static Result<std::unique_ptr<LabelLog>> open(storage::Files& files, const storage::Path& folder,
                                                LabelLogOptions options = {}, const Visit& visit = {});
  ~LabelLog();

  /// Stores all labels of the batch or none, and returns once they are on disk. Labels that are known already are
  /// left out and counted; a call that repeats a call in flight waits for that one's disk write.
  /// Errors: conflict (a key came with another value before, or twice in this call; names it), disk_full, io,
  /// overloaded. After disk_full nothing of the call is stored, and later calls are tried afresh; after a failed
  /// fdatasync (io) nothing can be acknowledged before the log is opened anew.
  Result<LabelsStored> append(LabelBatch batch);
  /// Makes everything appended durable; for sync_each_call = false.
  Status flush();
  /// The batches that became durable since the last call, in the order of acceptance (with sync_each_call = false:
  /// all appended ones). Without the labels that were duplicates.
  std::vector<LabelBatch> drain();

  std::uint64_t labels_stored() const;    ///< since open
  std::uint64_t newest_sequence() const;  ///< of all batches on disk; counts on after a restart
  bool failing() const;                   ///< the newest write failed
  std::string last_error() const;

  /// All stored batches with sequence > after, oldest first; `visit` returns false to stop. Error: corrupt, io.
  Status for_each(std::uint64_t after, const std::function<bool(LabelBatch&&)>& visit) const;

  /// Removes the oldest segments: those whose labels belong to predictions that have left `predictions`, the log of the
  /// same model, and those beyond `keep_bytes` (label_horizon.hpp has the rule). Costs next to nothing where nothing
  /// has changed, so it may be called at every turn. Says what went. A kill between two steps leaves a log that opens,
  /// with a part of them gone. Errors: io, disk_full (the notes could not be written; what can go has gone all the
  /// same).
  Result<LabelsTrimmed> trim(const PredictionLog& predictions);
  /// What trim() would remove of the logs in these folders, by what is on disk; touches nothing. A log that is not
  /// there has nothing. Errors: corrupt, io.
  static Result<LabelsTrimmed> would_trim(storage::Files& files, const storage::Path& folder,
                                          const storage::Path& prediction_folder, LabelLogOptions options = {});

 private:
  struct Impl;
  explicit LabelLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace perennial::feedback
