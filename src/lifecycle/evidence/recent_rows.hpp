#pragma once
// The newest rows that were predicted, labelled or not: the current window of the drift monitors.

#include <memory>
#include <mutex>
#include <vector>

#include "core/table.hpp"
#include "feedback/record.hpp"

namespace perennial::lifecycle {

/// Thread-safe: serving threads add, the loop looks.
class RecentRows {
 public:
  explicit RecentRows(std::size_t rows_kept) : rows_kept_(rows_kept) {}

  void add(const feedback::PredictionRecord& record);
  /// The newest `count` rows (fewer where there are fewer).
  Table newest(std::size_t count) const;
  std::uint64_t rows_total() const;
  void clear();

 private:
  std::size_t rows_kept_;
  mutable std::mutex mutex_;
  Table rows_;                    // guarded by mutex_; at most twice rows_kept_
  std::uint64_t rows_total_ = 0;  // guarded by mutex_
};

}  // namespace perennial::lifecycle
