#include "lifecycle/evidence/version_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/metrics.hpp"

namespace perennial::lifecycle {
namespace {

constexpr double least_probability = 1e-6;

std::vector<double> losses_of(const feedback::VersionOutputs& version, const Target& target, std::size_t offset,
                              const Truth& truth) {
  if (!is_classification(target.task))
    return stats::row_losses({version.outputs.values, version.outputs.width, offset, &target, truth});
  std::vector<double> losses(truth.size(), std::numeric_limits<double>::quiet_NaN());
  for (std::size_t row = 0; row < truth.size(); ++row) {
    if (std::isnan(truth[row])) continue;
    const bool known = truth[row] >= 0 && truth[row] < static_cast<double>(target.width());
    const double p =
        known ? version.outputs.values[row * version.outputs.width + offset + static_cast<std::size_t>(truth[row])] : 0;
    losses[row] = -std::log(std::clamp(p, least_probability, 1.0));
  }
  return losses;
}

}  // namespace

VersionLosses version_losses(const feedback::JoinedBatch& batch, const std::string& version,
                             const std::vector<Target>& targets) {
  VersionLosses losses;
  losses.present.assign(batch.rows(), 0);
  losses.answered.assign(batch.rows(), 0);
  losses.targets.assign(targets.size(), std::vector<double>(batch.rows(), std::numeric_limits<double>::quiet_NaN()));
  std::size_t width = 0;
  for (const auto& target : targets) width += target.width();
  for (std::size_t arm = 0; arm < batch.versions.size(); ++arm) {
    const auto& outputs = batch.versions[arm];
    if (outputs.version != version || outputs.outputs.width != width) continue;
    for (std::size_t row = 0; row < batch.rows(); ++row) {
      if (outputs.present[row] == 0) continue;
      losses.present[row] = 1;
      if (batch.answered_by[row] == static_cast<std::int32_t>(arm)) losses.answered[row] = 1;
    }
    std::size_t offset = 0;
    for (std::size_t t = 0; t < targets.size(); ++t) {
      const auto of_arm = losses_of(outputs, targets[t], offset, batch.truth[t]);
      for (std::size_t row = 0; row < batch.rows(); ++row)
        if (outputs.present[row] != 0) losses.targets[t][row] = of_arm[row];
      offset += targets[t].width();
    }
  }
  return losses;
}

}  // namespace perennial::lifecycle
