#pragma once
// A few real rows of each model, kept to ask a version a question that traffic asks.

#include <atomic>
#include <cstdint>
#include <mutex>

#include "core/table.hpp"

namespace perennial::serving {

inline constexpr std::size_t kProbeRows = 16;
/// Once enough rows are kept, one batch in so many is looked at.
inline constexpr std::uint64_t kProbeEvery = 32;

/// Thread-safe; offer() never waits.
class RecentRows {
 public:
  /// Keeps one row of the batch, replacing the oldest; most batches are passed over once there are enough rows.
  void offer(const Table& graph_inputs);
  /// At most kProbeRows rows of graph inputs, oldest first; no columns where none was offered.
  Table rows() const;

 private:
  std::atomic<std::uint64_t> offers_{0};
  mutable std::mutex mutex_;
  Table rows_;
};

}  // namespace perennial::serving
