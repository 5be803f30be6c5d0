#include "lifecycle/evidence/arm_losses.hpp"

#include <cmath>

#include "lifecycle/evidence/version_losses.hpp"

namespace perennial::lifecycle {
ArmLosses::ArmLosses(std::vector<Target> targets, rollout::Plan plan)
    : targets_(std::move(targets)), plan_(std::move(plan)) {
  clear();
}

void ArmLosses::clear() { losses_.assign(targets_.size(), rollout::ArmRecorder(plan_)); }

void ArmLosses::add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
                    TimePoint from) {
  const auto mine = version_losses(batch, challenger, targets_);
  const auto theirs = version_losses(batch, champion, targets_);
  std::vector<std::uint8_t> fell_back(batch.rows(), 0);
  for (const auto& version : batch.versions)
    for (std::size_t row = 0; row < batch.rows(); ++row)
      if (version.version == challenger && version.failed[row] != 0) fell_back[row] = 1;

  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (batch.inputs.times[row] <= from || fell_back[row] != 0) continue;
    const auto entity = entity_of(batch, row);
    for (std::size_t t = 0; t < targets_.size(); ++t) {
      if (mine.answered[row] != 0 && std::isfinite(mine.targets[t][row]))
        losses_[t].add_challenger({mine.targets[t][row], stated_variance(mine, t, row)}, entity);
      else if (theirs.answered[row] != 0)
        losses_[t].add_champion({theirs.targets[t][row], stated_variance(theirs, t, row)}, entity);
    }
  }
}

}  // namespace perennial::lifecycle
