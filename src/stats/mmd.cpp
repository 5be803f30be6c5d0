#include "stats/mmd.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

/// The median over pairs of different points; where that is 0 (many equal points), the mean of the others.
double median_squared_distance(std::span<const float> squared, std::size_t points) {
  std::vector<float> pairs;
  pairs.reserve(points * (points - 1) / 2);
  for (std::size_t i = 0; i < points; ++i)
    for (std::size_t j = i + 1; j < points; ++j) pairs.push_back(squared[i * points + j]);
  const auto middle = pairs.begin() + static_cast<std::ptrdiff_t>(pairs.size() / 2);
  std::nth_element(pairs.begin(), middle, pairs.end());
  if (*middle > 0) return static_cast<double>(*middle);
  double sum = 0;
  double count = 0;
  for (const float pair : pairs)
    if (pair > 0) {
      sum += static_cast<double>(pair);
      ++count;
    }
  return count > 0 ? sum / count : 0;
}

/// Sums of the kernel for a split of the points. Only the sum inside the reference is counted anew: the rest follows
/// from the sums of the rows.
class Split {
 public:
  Split(std::vector<float> kernel, std::size_t n, std::size_t m)
      : kernel_(std::move(kernel)), n_(n), m_(m), rows_(n + m), member_(n + m), row_sums_(n + m) {
    for (std::size_t i = 0; i < rows_; ++i) {
      const float* row = kernel_.data() + i * rows_;
      row_sums_[i] = std::accumulate(row, row + rows_, 0.0);
    }
    total_ = std::accumulate(row_sums_.begin(), row_sums_.end(), 0.0);
  }

  /// MMD^2 = mean k(x, x') + mean k(y, y') - 2 mean k(x, y), with x the first n of `order`.
  double statistic(std::span<const std::uint32_t> order) {
    std::ranges::fill(member_, 0.0f);
    for (std::size_t k = 0; k < n_; ++k) member_[order[k]] = 1.0f;
    double inside = 0;
    double reference_rows = 0;
    for (std::size_t k = 0; k < n_; ++k) {
      inside += member_sum(kernel_.data() + order[k] * rows_);
      reference_rows += row_sums_[order[k]];
    }
    const double across = reference_rows - inside;
    const double others = total_ - 2 * reference_rows + inside;
    const auto n = static_cast<double>(n_);
    const auto m = static_cast<double>(m_);
    return inside / (n * n) + others / (m * m) - 2 * across / (n * m);
  }

 private:
  double member_sum(const float* row) const {
    // Four lanes twice: the compiler may not reorder a sum, so it would add one by one.
    __m128 even = _mm_setzero_ps();
    __m128 odd = _mm_setzero_ps();
    std::size_t j = 0;
    for (; j + 8 <= rows_; j += 8) {
      even = _mm_add_ps(even, _mm_mul_ps(_mm_loadu_ps(row + j), _mm_loadu_ps(member_.data() + j)));
      odd = _mm_add_ps(odd, _mm_mul_ps(_mm_loadu_ps(row + j + 4), _mm_loadu_ps(member_.data() + j + 4)));
    }
    alignas(16) std::array<float, 4> parts{};
    _mm_store_ps(parts.data(), _mm_add_ps(even, odd));
    double sum = 0;
    for (const float part : parts) sum += static_cast<double>(part);
    for (; j < rows_; ++j) sum += static_cast<double>(row[j] * member_[j]);
    return sum;
  }

  std::vector<float> kernel_;
  std::size_t n_;
  std::size_t m_;
  std::size_t rows_;
  std::vector<float> member_;
  std::vector<double> row_sums_;
  double total_ = 0;
};

}  // namespace

Mmd mmd(std::span<const float> squared_distances, std::size_t n, std::size_t m, std::uint64_t seed) {
  const std::size_t points = n + m;
  if (n == 0 || m == 0 || points > mmd_points || squared_distances.size() != points * points) return {};
  Mmd result;
  const double median = median_squared_distance(squared_distances, points);
  if (!(median > 0)) return result;
  result.bandwidth = std::sqrt(median);
  std::vector<float> kernel(squared_distances.size());
  for (std::size_t i = 0; i < kernel.size(); ++i)
    kernel[i] = static_cast<float>(std::exp(-static_cast<double>(squared_distances[i]) / (2 * median)));

  Split split(std::move(kernel), n, m);
  std::vector<std::uint32_t> order(points);
  std::iota(order.begin(), order.end(), 0u);
  const double observed = split.statistic(order);
  result.statistic = std::max(0.0, observed);
  // Equal splits may differ by the rounding of their float sums: they count as reached.
  const double reached = observed - 1e-6;
  Rng rng(seed);
  std::size_t exceedances = 0;
  std::size_t permutation = 0;
  while (permutation < mmd_permutations && exceedances < mmd_enough_exceedances) {
    for (std::size_t k = 0; k < n; ++k) std::swap(order[k], order[k + rng.below(points - k)]);
    ++permutation;
    exceedances += split.statistic(order) >= reached ? 1 : 0;
  }
  result.p_value = exceedances >= mmd_enough_exceedances
                       ? static_cast<double>(exceedances) / static_cast<double>(permutation)
                       : static_cast<double>(exceedances + 1) / static_cast<double>(permutation + 1);
  return result;
}

}  // namespace perennial::stats
