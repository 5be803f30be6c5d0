#pragma once
// Maximum mean discrepancy of two samples of points (Gretton et al., JMLR 13, 2012).

#include <cstdint>
#include <span>

namespace perennial::stats {

inline constexpr std::size_t mmd_points = 1024;            ///< of both samples together; memory grows with the square
inline constexpr std::size_t mmd_permutations = 1999;      ///< so the smallest p-value is 1 / 2000
inline constexpr std::size_t mmd_enough_exceedances = 50;  ///< then the p-value is large enough to stop

struct Mmd {
  double statistic = 0;  ///< the biased estimate of MMD^2, >= 0
  double p_value = 1;
  double bandwidth = 0;  ///< sigma of the kernel exp(-d^2 / (2 sigma^2)): median distance of all pairs
};

/// `squared_distances` is symmetric, (n + m)^2 entries, the first n points are of the reference. The p-value is that of
/// a permutation test: (1 + permutations that reach the statistic) / (1 + permutations), which stops early at
/// mmd_enough_exceedances (Besag & Clifford 1991) and is exact in level for any sample size. The same seed gives the
/// same value. p-value 1 where a side is empty or the median distance is 0 and no pair differs.
/// Statistic 0 and p-value 1 where n + m > mmd_points.
Mmd mmd(std::span<const float> squared_distances, std::size_t n, std::size_t m, std::uint64_t seed);

}  // namespace perennial::stats
