#pragma once
// Rank test of two samples, and the area under the ROC curve that it is about.

#include <cstdint>
#include <span>

namespace perennial::stats {

struct MannWhitney {
  double auc = 0.5;    ///< P(current > reference) + P(equal) / 2
  double p_value = 1;  ///< two-sided, of auc = 0.5: normal approximation with tie correction and continuity correction
  std::uint64_t reference_n = 0;
  std::uint64_t current_n = 0;
};

/// Mann & Whitney (1947). NaN are left out, infinities are ordinary extremes; auc 0.5 and p-value 1 where either side
/// is empty or all values are equal. O((n + m) log(n + m)), of copies of both.
MannWhitney mann_whitney(std::span<const double> reference, std::span<const double> current);

}  // namespace perennial::stats
