#include "lifecycle/evidence/paired_losses.hpp"

#include <algorithm>
#include <cmath>

#include "stats/metrics.hpp"

namespace perennial::lifecycle {
namespace {

constexpr double least_probability = 1e-6;

const feedback::VersionOutputs* outputs_of(const feedback::JoinedBatch& batch, const std::string& version) {
  for (const auto& outputs : batch.versions)
    if (outputs.version == version) return &outputs;
  return nullptr;
}

std::vector<double> losses_of(const feedback::VersionOutputs& version, const Target& target, std::size_t offset,
                              const Truth& truth) {
  if (!is_classification(target.task))
    return stats::row_losses({version.outputs.values, version.outputs.width, offset, &target, truth});
  std::vector<double> losses(truth.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t row = 0; row < truth.size(); ++row) {
    if (std::isnan(truth[row])) continue;
    // A class that the model does not have is one that it gives no probability.
    const bool known = truth[row] >= 0 && truth[row] < static_cast<double>(target.width());
    const double p =
        known ? version.outputs.values[row * version.outputs.width + offset + static_cast<std::size_t>(truth[row])] : 0;
    losses[row] = -std::log(std::clamp(p, least_probability, 1.0));
  }
  return losses;
}

}  // namespace

PairedLosses::PairedLosses(std::vector<Target> targets, std::size_t most_rows)
    : targets_(std::move(targets)), most_rows_(most_rows), losses_(targets_.size()) {}

void PairedLosses::clear() {
  for (auto& losses : losses_) losses = {};
  rows_total_ = 0;
}

void PairedLosses::add(const feedback::JoinedBatch& batch, const std::string& challenger, const std::string& champion,
                       TimePoint from) {
  const auto* mine = outputs_of(batch, challenger);
  const auto* theirs = outputs_of(batch, champion);
  if (mine == nullptr || theirs == nullptr || mine->outputs.width != theirs->outputs.width) return;
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < batch.rows(); ++row)
    if (mine->present[row] != 0 && theirs->present[row] != 0 && batch.inputs.times[row] > from) rows.push_back(row);
  if (rows.empty()) return;

  std::size_t offset = 0;
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    const auto challenger_losses = losses_of(*mine, targets_[t], offset, batch.truth[t]);
    const auto champion_losses = losses_of(*theirs, targets_[t], offset, batch.truth[t]);
    auto& into = losses_[t];
    for (const std::size_t row : rows) {
      into.challenger.push_back(challenger_losses[row]);
      into.champion.push_back(champion_losses[row]);
    }
    if (into.challenger.size() > 2 * most_rows_) {
      const auto extra = static_cast<std::ptrdiff_t>(into.challenger.size() - most_rows_);
      into.challenger.erase(into.challenger.begin(), into.challenger.begin() + extra);
      into.champion.erase(into.champion.begin(), into.champion.begin() + extra);
    }
    offset += targets_[t].width();
  }
  rows_total_ += rows.size();
}

}  // namespace perennial::lifecycle
