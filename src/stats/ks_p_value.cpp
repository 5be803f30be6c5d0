#include "stats/ks_p_value.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/kolmogorov.hpp"
#include "stats/special.hpp"

namespace perennial::stats {
namespace {

/// One step of the walk: probability at i comes from i (the step goes to j) and from i - 1 (the step goes to i).
/// Same results on every machine: each value is made of the same operations in the same order.
template <class Body>
[[gnu::always_inline]] inline void step(double* next, const double* now, std::int64_t first, std::int64_t last,
                                        Body weight_stay, double rest_n, double left) {
  for (std::int64_t i = first; i <= last; ++i)
    next[i] =
        (now[i] * weight_stay(i) + now[i - 1] * (rest_n - static_cast<double>(static_cast<std::int32_t>(i)))) * left;
}

}  // namespace

double ks_exact_p_value(std::uint64_t difference, std::uint64_t n_rows, std::uint64_t m_rows) {
  if (difference == 0 || n_rows == 0 || m_rows == 0) return 1;
  const auto n = static_cast<std::int64_t>(std::min(n_rows, m_rows));  // the narrower axis
  const auto m = static_cast<std::int64_t>(std::max(n_rows, m_rows));
  const auto h = static_cast<std::int64_t>(difference);
  const std::int64_t total = n + m;
  // Inside the band after k steps: |i (n + m) - k n| < h. `at` is shifted by one, so that at[-1] exists.
  std::vector<double> first_row(static_cast<std::size_t>(n) + 3);
  std::vector<double> second_row(first_row.size());
  double* now = first_row.data() + 1;
  double* next = second_row.data() + 1;
  now[0] = 1;
  std::int64_t low = 0;
  std::int64_t high = 0;
  double left_band = 0;
  for (std::int64_t k = 0; k < total; ++k) {
    // From (i, k - i) the next point is a step along i with probability (n - i) / (total - k).
    const double weight = 1 / static_cast<double>(total - k);
    const auto m_rest = static_cast<double>(m - k);
    step(
        next, now, low, high + 1,
        [m_rest](std::int64_t i) { return m_rest + static_cast<double>(static_cast<std::int32_t>(i)); },
        static_cast<double>(n + 1), weight);
    const std::int64_t centre = (k + 1) * n;
    std::int64_t last = std::min(high + 1, n);
    for (; low <= last && low * total - centre <= -h; ++low) {
      left_band += next[low];
      next[low] = 0;
    }
    for (; last >= low && last * total - centre >= h; --last) {
      left_band += next[last];
      next[last] = 0;
    }
    if (last < low) break;  // nothing is left inside
    high = last;
    next[low - 1] = 0;
    next[high + 1] = 0;
    std::swap(now, next);
  }
  return std::min(1.0, left_band);
}

double ks_asymptotic_p_value(double statistic, std::uint64_t n, std::uint64_t m) {
  const double a = static_cast<double>(std::max(n, m));
  const double b = static_cast<double>(std::min(n, m));
  return kolmogorov_n_sf(std::max(1.0, std::nearbyint(a * b / (a + b))), statistic);
}

double ks_p_value(std::uint64_t difference, std::uint64_t n, std::uint64_t m) {
  if (difference == 0 || n == 0 || m == 0) return 1;
  constexpr double no_decision = 1e-15;
  const double product = static_cast<double>(n) * static_cast<double>(m);
  const double statistic = static_cast<double>(difference) / product;
  if (std::max(n, m) > ks_exact_rows) return ks_asymptotic_p_value(statistic, n, m);
  const double z = std::sqrt(product / static_cast<double>(n + m)) * statistic;
  if (std::exp(1 - 2 * z * z) < no_decision) return kolmogorov_sf(z);
  return ks_exact_p_value(difference, n, m);
}

}  // namespace perennial::stats
