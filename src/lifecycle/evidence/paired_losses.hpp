#pragma once
// Losses of two versions on the same rows: the evidence of a rollout phase.

#include <cstdint>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/time.hpp"
#include "feedback/joiner.hpp"
#include "rollout/loss_recorder.hpp"

namespace perennial::lifecycle {

/// Rows of one phase that both versions answered, per target. Classification is judged by log loss: where classes are
/// rare, 0/1 errors of two versions hardly ever differ, and a proper score sees the difference in far fewer rows.
class PairedLosses {
 public:
  PairedLosses(std::vector<Target> targets, rollout::Plan plan);

  /// Adds the rows predicted after `from` that both versions answered.
  void add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
           TimePoint from);
  void clear();
  rollout::LossEvidence evidence(std::size_t target) const { return losses_[target].evidence(); }

 private:
  std::vector<Target> targets_;
  rollout::Plan plan_;
  std::vector<rollout::PairedRecorder> losses_;
};

}  // namespace perennial::lifecycle
