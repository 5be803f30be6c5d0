#pragma once
// Losses of two versions, each on the rows that it answered itself: the evidence of a canary where the outcome depends
// on the answer (`outcome: action_dependent`). What the other version would have answered says nothing there.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"
#include "feedback/joiner.hpp"
#include "rollout/loss_recorder.hpp"

namespace perennial::lifecycle {

/// Not thread-safe.
class ArmLosses {
 public:
  ArmLosses(std::vector<Target> targets, rollout::Plan plan);

  /// Adds the rows predicted after `from` that either version answered. A row that was meant for the challenger and
  /// fell back to the champion belongs to neither arm: it was not drawn like the others.
  void add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
           TimePoint from);
  void clear();
  rollout::LossEvidence evidence(std::size_t target) const { return losses_[target].evidence(); }

 private:
  std::vector<Target> targets_;
  rollout::Plan plan_;
  std::vector<rollout::ArmRecorder> losses_;
};

}  // namespace perennial::lifecycle
