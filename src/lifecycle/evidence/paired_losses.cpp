#include "lifecycle/evidence/paired_losses.hpp"

#include "lifecycle/evidence/version_losses.hpp"

namespace perennial::lifecycle {

PairedLosses::PairedLosses(std::vector<Target> targets, rollout::Plan plan)
    : targets_(std::move(targets)), plan_(std::move(plan)) {
  clear();
}

void PairedLosses::clear() { losses_.assign(targets_.size(), rollout::PairedRecorder(plan_)); }

void PairedLosses::add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
                       TimePoint from) {
  const auto mine = version_losses(batch, challenger, targets_);
  const auto theirs = version_losses(batch, champion, targets_);
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (mine.present[row] == 0 || theirs.present[row] == 0 || batch.inputs.times[row] <= from) continue;
    const auto entity = entity_of(batch, row);
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      const auto stated = [&](double factor) { return stated_variance(mine, theirs, t, row, factor); };
      losses_[t].add({.challenger = mine.targets[t][row],
                      .champion = theirs.targets[t][row],
                      .difference_variance = stated(1),
                      .over_margin_variance = stated(1 + plan_.max_regression),
                      .entity = entity});
    }
  }
}

}  // namespace perennial::lifecycle
