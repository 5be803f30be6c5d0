#pragma once
// Gathers joined rows from their blocks into batches of columns.

#include <memory>
#include <span>
#include <vector>

#include "feedback/joiner.hpp"
#include "feedback/pending_block.hpp"

namespace perennial::feedback {

/// One prediction and where its labels are (the same position in the label columns).
struct JoinedRow {
  std::shared_ptr<const PendingBlock> block;
  std::size_t row = 0;
};

/// The label side of the joined rows, in columns.
struct JoinedLabels {
  std::vector<Truth> truth;
  std::vector<TimePoint> received_at;
  std::vector<float> confidence;
};

/// In the order given; a new batch starts where the input columns change.
std::vector<JoinedBatch> gather(std::span<const JoinedRow> rows, const JoinedLabels& labels);

}  // namespace perennial::feedback
