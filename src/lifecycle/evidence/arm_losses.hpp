#pragma once
// Losses of two versions, each on the rows that it answered itself: the evidence of a canary where the outcome depends
// on the answer (`outcome: action_dependent`). What the other version would have answered says nothing there.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"
#include "feedback/joiner.hpp"

namespace perennial::lifecycle {

/// Bounded by `most_rows` per arm and target: the newest are kept. Not thread-safe.
class ArmLosses {
 public:
  struct TargetLosses {
    std::vector<double> challenger;  ///< see version_losses(); labelled rows only, all finite
    std::vector<double> champion;
  };

  ArmLosses(std::vector<Target> targets, std::size_t most_rows);

  /// Adds the rows predicted after `from` that either version answered. A row that was meant for the challenger and
  /// fell back to the champion belongs to neither arm: it was not drawn like the others.
  void add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
           TimePoint from);
  void clear();
  const std::vector<TargetLosses>& targets() const { return losses_; }

 private:
  std::vector<Target> targets_;
  std::size_t most_rows_;
  std::vector<TargetLosses> losses_;
};

}  // namespace perennial::lifecycle
