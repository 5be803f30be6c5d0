#pragma once
// P-values of the two-sample Kolmogorov-Smirnov statistic.

#include <cstdint>

#include "stats/count_above.hpp"

namespace perennial::stats {

/// The larger sample up to which ks_p_value() is exact.
inline constexpr std::uint64_t ks_exact_rows = 10000;

/// P(D >= difference / (n m)) for two samples of one continuous distribution, n, m >= 1, difference <= n m. Counts the
/// lattice paths from (0, 0) to (n, m) that reach |i / n - j / m| >= difference / (n m) (Hodges 1958) where they first
/// do: only positive terms are added, so small values are as exact as large ones, to about 1e-12. Below 1e-290 it may
/// be 0. O((n + m) * width of the band); with ties the true value is smaller.
double ks_exact_p_value(std::uint64_t difference, std::uint64_t n, std::uint64_t m,
                        CountLevel level = best_count_level());

/// The one-sample distribution of size round(n m / (n + m)), at least 1, at the statistic (stats/kolmogorov.hpp).
double ks_asymptotic_p_value(double statistic, std::uint64_t n, std::uint64_t m);

/// Exact where both samples have at most ks_exact_rows values, else asymptotic. Where it is below
/// 1e-15 by e * exp(-2 n m / (n + m) * statistic^2) (the two-sample inequality of Dvoretzky, Kiefer & Wolfowitz; Wei &
/// Dudley 2012), the limit distribution's value stands for the exact one: no decision depends on it, and it would take
/// longest.
double ks_p_value(std::uint64_t difference, std::uint64_t n, std::uint64_t m);

}  // namespace perennial::stats
