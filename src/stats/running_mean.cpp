#include "stats/running_mean.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace perennial::stats {
namespace {

constexpr double largest_correlation = 0.99;
constexpr std::uint64_t least_batches = 8;  // of any size
constexpr std::uint64_t few_clusters = 10;
constexpr std::uint64_t returns = 10;  // to each of the few

}  // namespace

void RunningMean::add(double value) {
  if (n_ == 0) first_ = value;
  ++n_;
  double batch = value - first_;
  for (auto& level : levels_) {
    const double before = level.last;
    if (level.batches == 0) level.first = batch;
    level.lagged += before * batch;
    level.sum += batch;
    level.squares += batch * batch;
    level.last = batch;
    if (++level.batches % 2 == 1) break;
    batch += before;
  }
}

void RunningMean::add(double value, std::uint64_t entity) {
  if (cluster_sums_.empty()) {
    cluster_sums_.resize(clusters);
    cluster_sizes_.resize(clusters);
  }
  add(value);
  const double x = value - first_;
  if (entity % clusters != last_cluster_) ++runs_;
  last_cluster_ = entity % clusters;
  double& sum = cluster_sums_[entity % clusters];
  double& size = cluster_sizes_[entity % clusters];
  if (size == 0) ++used_clusters_;
  cluster_squares_ += x * (2 * sum + x);
  cluster_products_ += sum + x * (size + 1);
  cluster_size_squares_ += 2 * size + 1;
  sum += x;
  size += 1;
}

double RunningMean::mean() const { return n_ == 0 ? 0 : first_ + levels_[0].sum / static_cast<double>(n_); }

double RunningMean::long_run_variance(std::size_t level, double mean) const {
  const Level& batches = levels_[level];
  if (batches.batches < least_batches) return 0;
  const double size = std::exp2(static_cast<double>(level));
  const auto k = static_cast<double>(batches.batches);
  const double centre = size * mean;
  const double g0 = batches.squares / k - 2 * centre * batches.sum / k + centre * centre;
  const double g1 =
      (batches.lagged - centre * (2 * batches.sum - batches.first - batches.last) + (k - 1) * centre * centre) / k;
  if (!(g0 > 0)) return 0;
  const double biased = g1 / g0;
  const double r = std::clamp(biased + (1 + 3 * biased) / k, 0.0, largest_correlation);
  return g0 / size * k / (k - 1) * (1 + r) / (1 - r);
}

bool RunningMean::clusters_count() const {
  return used_clusters_ >= 2 &&
         (entities_ == Entities::sampled || used_clusters_ >= few_clusters || runs_ < returns * used_clusters_);
}

double RunningMean::effective_clusters() const {
  const auto n = static_cast<double>(n_);
  return n * n / cluster_size_squares_;
}

double RunningMean::cluster_variance(double mean) const {
  const double g = effective_clusters();
  return g / std::max(g - 1, 1e-3) *
         (cluster_squares_ - 2 * mean * cluster_products_ + mean * mean * cluster_size_squares_);
}

RunningMean::Uncertainty RunningMean::uncertainty() const {
  const auto n = static_cast<double>(n_);
  if (n_ < 2) return {0, n, n};
  const double mean = levels_[0].sum / n;
  const double g0 = levels_[0].squares / n - mean * mean;
  if (!std::isfinite(g0)) return {std::numeric_limits<double>::infinity(), 1, 1};
  // What rounding leaves of equal values is no spread.
  if (!(g0 > 1e-14 * (levels_[0].squares / n))) return {0, n, n};
  const auto bits = static_cast<std::size_t>(std::bit_width(n_)) - 1;
  double serial = g0 / (n - 1);
  for (const std::size_t level : {std::size_t{0}, bits / 3, bits / 2})
    serial = std::max(serial, long_run_variance(level, mean) / n);
  const double clustered = clusters_count() ? cluster_variance(mean) / (n * n) : 0;
  const double serial_n = std::min(n, g0 / serial);
  double effective = std::min(n, g0 / std::max(serial, clustered));
  if (clusters_count()) effective = std::min(effective, effective_clusters());
  return {std::sqrt(std::max(serial, clustered)), effective, serial_n};
}

}  // namespace perennial::stats
