#include "stats/ks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "stats/special.hpp"

namespace perennial::stats {
namespace {

constexpr std::size_t together = 8;

/// Per value the index of the first of `sorted` (not empty) that is not below it. All searches take the same steps, so
/// eight go abreast, and the choice of the half is arithmetic: mispredicted branches would cost three times as much.
void first_not_below(std::span<const double> sorted, const std::array<double, together>& values,
                     std::array<std::size_t, together>& found) {
  found.fill(0);
  for (std::size_t length = sorted.size(); length > 1;) {
    const std::size_t half = length / 2;
    for (std::size_t j = 0; j < together; ++j)
      found[j] += half & (std::size_t{0} - static_cast<std::size_t>(sorted[found[j] + half - 1] < values[j]));
    length -= half;
  }
  for (std::size_t j = 0; j < together; ++j) found[j] += static_cast<std::size_t>(sorted[found[j]] < values[j]);
}

}  // namespace

SortedSample::SortedSample(std::span<const double> values) {
  std::vector<double> sorted;
  sorted.reserve(values.size());
  for (const double value : values)
    if (!std::isnan(value)) sorted.push_back(value);
  std::sort(sorted.begin(), sorted.end());
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (distinct_.empty() || sorted[i] != distinct_.back()) {
      distinct_.push_back(sorted[i]);
      cumulative_.push_back(0);
    }
    cumulative_.back() = static_cast<std::uint32_t>(i + 1);
  }
}

double SortedSample::quantile(double share) const {
  if (distinct_.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double rank = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(size()) - 1e-9);
  const auto at = std::lower_bound(cumulative_.begin(), cumulative_.end(), std::max(rank, 1.0));
  return distinct_[static_cast<std::size_t>(at - cumulative_.begin())];
}

Ks SortedSample::against(std::span<const double> current) const {
  Ks result;
  result.reference_n = size();
  if (distinct_.empty()) {
    for (const double value : current) result.current_n += std::isnan(value) ? 0 : 1;
    return result;
  }
  // Between two reference values F_reference stands still while F_current only grows, so the counts of current rows in
  // each gap (even slots) and on each reference value (odd slots) hold all that the supremum needs.
  std::vector<std::uint32_t> slots(2 * distinct_.size() + 1);
  std::array<double, together> values{};
  std::array<std::size_t, together> found{};
  for (std::size_t first = 0; first < current.size();) {
    std::size_t filled = 0;
    for (; filled < together && first < current.size(); ++first)
      if (!std::isnan(current[first])) values[filled++] = current[first];
    first_not_below(distinct_, values, found);
    for (std::size_t j = 0; j < filled; ++j) {
      const bool equal = found[j] < distinct_.size() && distinct_[found[j]] == values[j];
      ++slots[2 * found[j] + static_cast<std::size_t>(equal)];
    }
    result.current_n += filled;
  }
  if (result.current_n == 0) return result;

  const auto n = static_cast<std::int64_t>(result.reference_n);
  const auto m = static_cast<std::int64_t>(result.current_n);
  std::int64_t seen = 0;
  std::int64_t below = 0;
  std::int64_t high = 0;
  std::int64_t low = 0;
  for (std::size_t i = 0; i < distinct_.size(); ++i) {
    seen += static_cast<std::int64_t>(slots[2 * i]) * n;
    high = std::max(high, seen - below);
    seen += static_cast<std::int64_t>(slots[2 * i + 1]) * n;
    below = static_cast<std::int64_t>(cumulative_[i]) * m;
    low = std::min(low, seen - below);
    high = std::max(high, seen - below);
  }
  const double product = static_cast<double>(n) * static_cast<double>(m);
  result.statistic = static_cast<double>(std::max(high, -low)) / product;
  result.p_value = kolmogorov_sf(std::sqrt(product / static_cast<double>(n + m)) * result.statistic);
  return result;
}

Ks ks_two_sample(std::span<const double> reference, std::span<const double> current) {
  return SortedSample(reference).against(current);
}

}  // namespace perennial::stats
