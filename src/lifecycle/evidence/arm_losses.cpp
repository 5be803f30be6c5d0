#include "lifecycle/evidence/arm_losses.hpp"

#include <algorithm>
#include <cmath>

#include "lifecycle/evidence/version_losses.hpp"

namespace perennial::lifecycle {
namespace {

void keep_newest(std::vector<double>& losses, std::size_t most_rows) {
  if (losses.size() > 2 * most_rows)
    losses.erase(losses.begin(), losses.end() - static_cast<std::ptrdiff_t>(most_rows));
}

}  // namespace

ArmLosses::ArmLosses(std::vector<Target> targets, std::size_t most_rows)
    : targets_(std::move(targets)), most_rows_(most_rows), losses_(targets_.size()) {}

void ArmLosses::clear() {
  for (auto& losses : losses_) losses = {};
}

void ArmLosses::add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
                    TimePoint from) {
  const auto mine = version_losses(batch, challenger, targets_);
  const auto theirs = version_losses(batch, champion, targets_);
  std::vector<std::uint8_t> fell_back(batch.rows(), 0);
  for (const auto& version : batch.versions)
    for (std::size_t row = 0; row < batch.rows(); ++row)
      if (version.version == challenger && version.failed[row] != 0) fell_back[row] = 1;

  for (std::size_t t = 0; t < targets_.size(); ++t) {
    auto& into = losses_[t];
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      if (batch.inputs.times[row] <= from || fell_back[row] != 0) continue;
      if (mine.answered[row] != 0 && std::isfinite(mine.targets[t][row]))
        into.challenger.push_back(mine.targets[t][row]);
      else if (theirs.answered[row] != 0 && std::isfinite(theirs.targets[t][row]))
        into.champion.push_back(theirs.targets[t][row]);
    }
    keep_newest(into.challenger, most_rows_);
    keep_newest(into.champion, most_rows_);
  }
}

}  // namespace perennial::lifecycle
