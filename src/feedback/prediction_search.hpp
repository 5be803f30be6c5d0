#pragma once
// Finds one prediction, and its label, in the logs on disk: newest segments first, without opening the logs for
// writing, so that a running server and a stopped data directory are searched alike.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "feedback/label_batch.hpp"
#include "feedback/record.hpp"
#include "storage/files.hpp"

namespace perennial::feedback {

/// The newest segments of a log that one search reads: a gigabyte where they have their default size.
inline constexpr std::size_t segments_searched = 16;

/// How far a search has looked.
struct SearchReach {
  std::uint64_t segments = 0;
  std::uint64_t rows = 0;           ///< of predictions (labels are not counted)
  bool whole_log = true;            ///< false: it was found before the end, or there are more than segments_searched
  std::optional<TimePoint> oldest;  ///< time of the oldest prediction that was looked at
};

struct PredictionFound {
  std::optional<PredictionRecord> record;  ///< of one row; nothing where it was not found
  SearchReach reach;
};

/// `folder` is the prediction log's. The newest segment that has the id counts, and in it the first row. A log that is
/// not there has no rows. Errors: corrupt, io.
Result<PredictionFound> find_prediction(storage::Files& files, const storage::Path& folder, const std::string& id);

/// The labels that name this prediction, by its id or by entity and time, each as a batch of one row; oldest first.
/// `folder` is the label log's; searched as far. Errors: corrupt, io.
Result<std::vector<LabelBatch>> find_labels(storage::Files& files, const storage::Path& folder, const LabelKey& key);

}  // namespace perennial::feedback
