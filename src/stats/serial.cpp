#include "stats/serial.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace perennial::stats {
namespace {

constexpr double largest_correlation = 0.99;

}  // namespace

SerialVariance serial_variance(std::span<const double> values) {
  const std::size_t n = values.size();
  if (n == 0) return {};
  const double count = static_cast<double>(n);
  double mean = 0;
  for (const double value : values) mean += value;
  mean /= count;
  std::vector<double> centred(n);
  double g0 = 0;
  for (std::size_t i = 0; i < n; ++i) {
    centred[i] = values[i] - mean;
    g0 += centred[i] * centred[i];
  }
  g0 /= count;
  if (!(g0 > 0)) return {0, 0, count};

  const auto bandwidth = std::min(n - 1, static_cast<std::size_t>(std::floor(std::cbrt(count) + 1e-9)));
  double long_run = g0;
  double first = 0;
  for (std::size_t k = 1; k <= bandwidth; ++k) {
    double sum = 0;
    for (std::size_t i = 0; i + k < n; ++i) sum += centred[i] * centred[i + k];
    if (k == 1) first = sum / count / g0;
    long_run += 2 * (1 - static_cast<double>(k) / static_cast<double>(bandwidth + 1)) * sum / count;
  }
  first = std::clamp(first, 0.0, largest_correlation);
  long_run = std::max(long_run, g0 * (1 + first) / (1 - first));
  return {g0, long_run, count * g0 / long_run};
}

}  // namespace perennial::stats
