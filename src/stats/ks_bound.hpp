#pragma once
// A bound of the Kolmogorov-Smirnov distance that costs a few counts: for questions that are nearly always answered
// "far below".

#include <span>

#include "stats/sorted_sample.hpp"

namespace perennial::stats {

/// At least ks_statistic(reference, current).statistic, usually by less than 1/16 more without ties; 1 where either has
/// no value. Both distribution functions are compared at 15 quantiles of the reference and may differ within each part
/// by no more than what lies in it. `current` is neither sorted nor copied. Thread-safe.
double ks_bound(const SortedSample& reference, std::span<const double> current);

}  // namespace perennial::stats
