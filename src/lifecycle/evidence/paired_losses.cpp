#include "lifecycle/evidence/paired_losses.hpp"

#include "lifecycle/evidence/version_losses.hpp"

namespace perennial::lifecycle {

PairedLosses::PairedLosses(std::vector<Target> targets, std::size_t most_rows)
    : targets_(std::move(targets)), most_rows_(most_rows), losses_(targets_.size()) {}

void PairedLosses::clear() {
  for (auto& losses : losses_) losses = {};
  rows_total_ = 0;
}

void PairedLosses::add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
                       TimePoint from) {
  const auto mine = version_losses(batch, challenger, targets_);
  const auto theirs = version_losses(batch, champion, targets_);
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < batch.rows(); ++row)
    if (mine.present[row] != 0 && theirs.present[row] != 0 && batch.inputs.times[row] > from) rows.push_back(row);
  if (rows.empty()) return;

  for (std::size_t t = 0; t < targets_.size(); ++t) {
    auto& into = losses_[t];
    for (const std::size_t row : rows) {
      into.challenger.push_back(mine.targets[t][row]);
      into.champion.push_back(theirs.targets[t][row]);
    }
    if (into.challenger.size() > 2 * most_rows_) {
      const auto extra = static_cast<std::ptrdiff_t>(into.challenger.size() - most_rows_);
      into.challenger.erase(into.challenger.begin(), into.challenger.begin() + extra);
      into.champion.erase(into.champion.begin(), into.champion.begin() + extra);
    }
  }
  rows_total_ += rows.size();
}

}  // namespace perennial::lifecycle
