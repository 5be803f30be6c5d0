#include "lifecycle/evidence/version_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/hash.hpp"
#include "stats/metrics.hpp"

namespace perennial::lifecycle {
namespace {

constexpr double least_probability = 1e-6;

double loss_of(double p) { return -std::log(std::clamp(p, least_probability, 1.0)); }

/// Of sum_c q_c x_c, for weights that need not add up to 1.
class Spread {
 public:
  void add(double weight, double x) {
    weights_ += weight;
    sum_ += weight * x;
    squares_ += weight * x * x;
  }
  double variance() const {
    if (!(weights_ > 0)) return 0;
    const double mean = sum_ / weights_;
    return std::max(0.0, squares_ / weights_ - mean * mean);
  }

 private:
  double weights_ = 0;
  double sum_ = 0;
  double squares_ = 0;
};

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
    losses[row] = loss_of(p);
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
  losses.by_class.resize(targets.size());
  for (std::size_t t = 0; t < targets.size(); ++t)
    if (is_classification(targets[t].task))
      losses.by_class[t].assign(batch.rows() * targets[t].width(), std::numeric_limits<double>::quiet_NaN());
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
      if (!losses.by_class[t].empty())
        for (std::size_t row = 0; row < batch.rows(); ++row)
          for (std::size_t c = 0; outputs.present[row] != 0 && c < targets[t].width(); ++c)
            losses.by_class[t][row * targets[t].width() + c] =
                loss_of(outputs.outputs.values[row * outputs.outputs.width + offset + c]);
      offset += targets[t].width();
    }
  }
  return losses;
}

double stated_variance(const VersionLosses& version, std::size_t target, std::size_t row) {
  const auto& losses = version.by_class[target];
  const std::size_t classes = losses.size() / version.present.size();
  Spread spread;
  for (std::size_t c = 0; c < classes; ++c) spread.add(std::exp(-losses[row * classes + c]), losses[row * classes + c]);
  return spread.variance();
}

double stated_variance(const VersionLosses& mine, const VersionLosses& theirs, std::size_t target, std::size_t row,
                       double factor) {
  const std::size_t classes = mine.by_class[target].size() / mine.present.size();
  Spread spread;
  for (std::size_t c = 0; c < classes; ++c) {
    const double a = mine.by_class[target][row * classes + c];
    const double b = theirs.by_class[target][row * classes + c];
    spread.add((std::exp(-a) + std::exp(-b)) / 2, a - factor * b);
  }
  return spread.variance();
}

std::optional<std::uint64_t> entity_of(const feedback::JoinedBatch& batch, std::size_t row) {
  if (batch.inputs.entities.empty() || batch.inputs.entities[row].empty()) return {};
  return hash64(batch.inputs.entities[row]);
}

}  // namespace perennial::lifecycle
