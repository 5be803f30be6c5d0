#pragma once
// How far back labels are kept: as far as the predictions that they may belong to.
//
// Both logs are counted in segments, and no clock is asked: clients state the times of predictions, and machines'
// clocks jump. When prediction segment p began, the label log had come to its segment l: the pair (p, l) is noted. A
// label before segment l came before every prediction of p and after it; once p is the oldest prediction segment, such
// a label belongs to nothing, unless it came before its prediction. For those that do, labels stay for `early_segments`
// of predictions longer. Whatever is noted, no more than `most_segments` of labels are kept.

#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.hpp"
#include "storage/files.hpp"
#include "storage/segment_log.hpp"

namespace perennial::feedback {

/// A label may come before its prediction by this many segments of the prediction log (1 GiB) and is still kept with
/// it.
inline constexpr std::uint32_t kEarlyLabelSegments = 16;

/// Not thread-safe.
class LabelHorizon {
 public:
  struct Bounds {
    std::uint32_t early_segments = kEarlyLabelSegments;  ///< of predictions; at least 1
    std::uint32_t most_segments = 128;                   ///< of labels; at least 2
  };
  struct Pair {
    std::uint32_t predictions = 0;  ///< when this segment of the prediction log began,
    std::uint32_t labels = 0;       ///< the label log had come to this one, or further
    friend bool operator==(const Pair&, const Pair&) = default;
  };

  explicit LabelHorizon(std::vector<Pair> noted = {}) : noted_(std::move(noted)) {}

  /// What earlier processes noted in the label log's folder. Nothing, so that more labels are kept, where there is no
  /// note, where it is damaged, and where it names segments that are not there yet: then it is of other logs. Error:
  /// io.
  static Result<LabelHorizon> read(storage::Files& files, const storage::Path& label_folder,
                                   storage::SegmentSpan predictions, storage::SegmentSpan labels);
  /// Crash-safe: the old notes or the new ones.
  Status write(storage::Files& files, const storage::Path& label_folder) const;

  /// Both logs as they are; `labels` must have been asked first. True where something was noted that write() has to
  /// keep. A prediction segment that began before the first look is never noted: then more is kept.
  bool look(storage::SegmentSpan predictions, storage::SegmentSpan labels, const Bounds& bounds);

  /// The oldest label segment that has to stay. The two newest always do: the newest may have no label yet that tells
  /// how far the sequence of batches has come.
  std::uint32_t first_kept(storage::SegmentSpan predictions, storage::SegmentSpan labels, const Bounds& bounds) const;

  /// Ascending. As many as there are segments of predictions, and `early_segments`, at most.
  const std::vector<Pair>& noted() const { return noted_; }

 private:
  std::vector<Pair> noted_;
  std::optional<Pair> seen_;  ///< newest segments at the last look
};

}  // namespace perennial::feedback
