#include "stats/mean_change.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "stats/serial.hpp"

namespace perennial::stats {
namespace {

/// P(max of the normed bridge over [h, 1 - h] > z); an upper bound where z is small.
double tail(double z, double h) {
  if (z < 1) return 1;
  const double width = 2 * std::log((1 - h) / h);
  const double p =
      z * std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) * (width * (1 - 1 / (z * z)) + 4 / (z * z));
  return std::clamp(p, 0.0, 1.0);
}

std::optional<MeanChange> largest_change(std::span<const double> values, std::size_t least) {
  const std::size_t n = values.size();
  if (n < 2 * least) return std::nullopt;
  double total = 0;
  for (const double value : values) total += value;
  const double mean = total / static_cast<double>(n);
  // Around the common mean, so that a large level costs no digits.
  double left = 0;
  double largest = -1;
  std::size_t at = 0;
  for (std::size_t k = 1; k + least <= n; ++k) {
    left += values[k - 1] - mean;
    if (k < least) continue;
    const auto before = static_cast<double>(k);
    const auto after = static_cast<double>(n - k);
    const double between = left * left * (1 / before + 1 / after);
    if (between > largest) {
      largest = between;
      at = k;
    }
  }
  MeanChange change{.at = at};
  for (std::size_t i = 0; i < n; ++i) (i < at ? change.before : change.after) += values[i];
  change.before /= static_cast<double>(at);
  change.after /= static_cast<double>(n - at);
  std::vector<double> around(values.begin(), values.end());
  for (std::size_t i = 0; i < n; ++i) around[i] -= i < at ? change.before : change.after;
  const double variance = serial_variance(around).long_run;
  // Two constants: a change without doubt, unless they are one.
  if (!(variance > 0)) {
    change.p_value = change.before == change.after ? 1 : 0;
    return change;
  }
  change.p_value = tail(std::sqrt(largest / variance), static_cast<double>(least) / static_cast<double>(n));
  return change;
}

}  // namespace

std::optional<MeanChange> newest_mean_change(std::span<const double> values, double significance, std::size_t least) {
  std::optional<MeanChange> newest;
  for (std::size_t from = 0;;) {
    auto change = largest_change(values.subspan(from), least);
    if (!change || !(change->p_value < significance)) return newest;
    change->at += from;
    from = change->at;
    newest = change;
  }
}

}  // namespace perennial::stats
