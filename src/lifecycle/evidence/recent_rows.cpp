#include "lifecycle/evidence/recent_rows.hpp"

namespace perennial::lifecycle {

void RecentRows::add(const feedback::PredictionRecord& record) {
  const std::lock_guard lock(mutex_);
  rows_total_ += record.rows();
  // Another set of columns (a new signature) starts the window anew.
  if (!rows_.append(record.graph_inputs())) rows_ = record.graph_inputs();
  if (rows_.rows > 2 * rows_kept_) rows_.drop_front(rows_.rows - rows_kept_);
}

Table RecentRows::newest(std::size_t count) const {
  const std::lock_guard lock(mutex_);
  const std::size_t taken = std::min(count, rows_.rows);
  return rows_.slice(rows_.rows - taken, taken);
}

std::uint64_t RecentRows::rows_total() const {
  const std::lock_guard lock(mutex_);
  return rows_total_;
}

void RecentRows::clear() {
  const std::lock_guard lock(mutex_);
  rows_ = {};
}

}  // namespace perennial::lifecycle
