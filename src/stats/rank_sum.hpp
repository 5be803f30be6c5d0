#pragma once
// Rank-sum test against a reference that is prepared once: has the location moved?

#include <cstdint>
#include <span>

#include "stats/sorted_sample.hpp"

namespace perennial::stats {

struct RankSum {
  double auc = 0.5;    ///< P(current > reference) + P(equal) / 2
  double z = 0;        ///< of auc = 0.5; finite
  double p_value = 1;  ///< two-sided, normal approximation with tie correction
  std::uint64_t reference_n = 0;
  std::uint64_t current_n = 0;
};

/// Mann & Whitney (1947); mann_whitney() for two samples that are compared once. Neither sorts nor copies `current`.
/// Ties are those of the reference (of both sides where it is constant). `inflation` >= 1: how many times the variance
/// of the current window's mean rank is that of independent rows. NaN are left out; auc 0.5 and p-value 1 where either
/// side is empty or all is equal. O(m log n).
RankSum rank_sum(const SortedSample& reference, std::span<const double> current, double inflation = 1);

}  // namespace perennial::stats
