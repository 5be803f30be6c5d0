#include "stats/ks_p_value.hpp"

#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/count_above.hpp"
#include "stats/kolmogorov.hpp"
#include "stats/special.hpp"

namespace perennial::stats {
namespace {

/// A way along one edge of the band, and the share of all paths from (0, 0) to (n, m) that a single path to where it is
/// stands for: C(paths on from there) / C(all paths).
class Edge {
 public:
  Edge(std::int64_t n, std::int64_t m) : n_left_(n), m_left_(m) {}

  /// Moves to the point with i steps along n and j along m, neither smaller than before.
  double share_at(std::int64_t i, std::int64_t j) {
    for (; i_ < i; ++i_) take(n_left_);
    for (; j_ < j; ++j_) take(m_left_);
    return share_;
  }
  void scale(double factor) { share_ *= factor; }

 private:
  void take(std::int64_t& left) {
    share_ *= static_cast<double>(left) / static_cast<double>(n_left_ + m_left_);
    --left;
  }

  std::int64_t n_left_;
  std::int64_t m_left_;
  std::int64_t i_ = 0;
  std::int64_t j_ = 0;
  double share_ = 1;
};

/// paths[i] += paths[i - 1] for i in [low, last], from above, so that every addition sees the value of the last step.
/// The same additions at every level, so the same sums.
void add_neighbours_plain(double* paths, std::int64_t low, std::int64_t last) {
  for (std::int64_t i = last; i >= low; --i) paths[i] += paths[i - 1];
}

[[gnu::target("avx2")]] void add_neighbours_avx2(double* paths, std::int64_t low, std::int64_t last) {
  std::int64_t i = last;
  for (; i - 3 >= low; i -= 4) {
    double* const four = paths + i - 3;
    _mm256_storeu_pd(four, _mm256_add_pd(_mm256_loadu_pd(four), _mm256_loadu_pd(four - 1)));
  }
  add_neighbours_plain(paths, low, i);
}

constexpr std::int64_t steps_per_look = 64;  // the number of paths at most doubles with each step
constexpr double many_paths = 0x1p500;

}  // namespace

double ks_exact_p_value(std::uint64_t difference, std::uint64_t n_rows, std::uint64_t m_rows, CountLevel level) {
  if (difference == 0 || n_rows == 0 || m_rows == 0) return 1;
  const auto n = static_cast<std::int64_t>(std::min(n_rows, m_rows));  // the narrower axis
  const auto m = static_cast<std::int64_t>(std::max(n_rows, m_rows));
  const auto h = static_cast<std::int64_t>(difference);
  const std::int64_t total = n + m;
  // paths[i] = ways to reach i steps along n after k steps without leaving the band |i (n + m) - k n| < h. At each step
  // at most one point leaves it on each side. `paths` is shifted by one, so that paths[-1] exists.
  std::vector<double> row(static_cast<std::size_t>(n) + 3);
  double* const paths = row.data() + 1;
  paths[0] = 1;
  std::int64_t low = 0;
  std::int64_t high = 0;
  const auto add_neighbours = level == CountLevel::plain ? add_neighbours_plain : add_neighbours_avx2;
  Edge lower(n, m);
  Edge upper(n, m);
  double left_band = 0;
  for (std::int64_t k = 1; k <= total; ++k) {
    const std::int64_t last = std::min(high + 1, n);
    add_neighbours(paths, low, last);
    high = last;
    if (high * total - k * n >= h) {
      left_band += paths[high] * upper.share_at(high, k - high);
      paths[high--] = 0;
    }
    // Beyond m steps along it there is nothing: those points hold no paths of the other kind.
    if (low <= high && (k - low > m || low * total - k * n <= -h)) {
      if (k - low <= m) left_band += paths[low] * lower.share_at(low, k - low);
      paths[low++] = 0;
    }
    if (low > high) break;
    if (k % steps_per_look == 0 && *std::max_element(paths + low, paths + high + 1) > many_paths) {
      for (std::int64_t i = low; i <= high; ++i) paths[i] /= many_paths;
      lower.scale(many_paths);
      upper.scale(many_paths);
    }
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
