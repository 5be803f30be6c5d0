#pragma once
// Two-sample Kolmogorov-Smirnov test against a reference that is prepared once.

#include <cstdint>
#include <span>

#include "stats/sorted_sample.hpp"

namespace perennial::stats {

struct Ks {
  double statistic = 0;  ///< sup |F_reference - F_current|, exact, 0..1
  double p_value = 1;    ///< ks_p_value()
  std::uint64_t reference_n = 0;
  std::uint64_t current_n = 0;
  std::uint64_t difference = 0;  ///< statistic times reference_n * current_n, a whole number
};

/// The supremum alone; the p-value is left at 1. Neither sorts nor copies `current`: its values are counted in the
/// cells of the reference's grid, which bounds the difference inside every cell from both sides, and only the cells
/// that can hold the supremum are looked at again, value by value. O(m + distinct values of those cells). NaN are left
/// out; statistic 0 where either side is empty. Samples of up to 2^31 values.
Ks ks_statistic(const SortedSample& reference, std::span<const double> current);

/// The same of two samples that are ascending and without NaN, by merging them: for short ones that are compared once.
Ks ks_statistic_of_sorted(std::span<const double> reference, std::span<const double> current);

/// With the p-value. `exact_below`: a p-value that the limit distribution puts above it is left at that (for callers
/// that judge small ones only; the exact computation takes longer than the statistic).
Ks ks_two_sample(const SortedSample& reference, std::span<const double> current, double exact_below = 1);

/// For one-off use.
Ks ks_two_sample(std::span<const double> reference, std::span<const double> current);

}  // namespace perennial::stats
