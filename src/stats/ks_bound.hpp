#pragma once
// A bound of the Kolmogorov-Smirnov distance that costs a few counts: for questions that are nearly always answered
// "far below".

#include <span>
#include <vector>

#include "stats/sorted_sample.hpp"

namespace perennial::stats {

/// Prepared once for a reference, compared with many windows. Immutable; owns all it needs.
class KsBound {
 public:
  KsBound() = default;  ///< of no reference: 1 for every window
  explicit KsBound(const SortedSample& reference);

  /// At least ks_statistic(reference, current).statistic, usually by less than 1/16 more without ties; 1 where either
  /// has no value. Both distribution functions are compared at 15 quantiles of the reference and may differ within each
  /// part by no more than what lies in it. `current` is neither sorted nor copied. Thread-safe.
  double of(std::span<const double> current) const;

 private:
  std::vector<double> edges_;  ///< ascending, distinct
  std::vector<double> up_to_;  ///< share of the reference that is not above each edge
};

}  // namespace perennial::stats
