#pragma once
// Losses of two versions on the same rows: the evidence of a rollout phase.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"
#include "feedback/joiner.hpp"

namespace perennial::lifecycle {

/// Rows of one phase that both versions answered, per target. Bounded by `most_rows`: the newest are kept.
/// Classification is judged by log loss: where classes are rare, 0/1 errors of two versions hardly ever differ, and a
/// proper score sees the difference in far fewer rows.
class PairedLosses {
 public:
  struct TargetLosses {
    std::vector<double> challenger;  ///< see version_losses(); NaN = no label for this target
    std::vector<double> champion;
  };

  PairedLosses(std::vector<Target> targets, std::size_t most_rows);

  /// Adds the rows predicted after `from` that both versions answered.
  void add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
           TimePoint from);
  void clear();
  const std::vector<TargetLosses>& targets() const { return losses_; }
  std::uint64_t rows_total() const { return rows_total_; }

 private:
  std::vector<Target> targets_;
  std::size_t most_rows_;
  std::vector<TargetLosses> losses_;
  std::uint64_t rows_total_ = 0;
};

}  // namespace perennial::lifecycle
