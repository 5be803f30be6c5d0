#pragma once
// Finite-sample distributions of the one-sample Kolmogorov and Smirnov statistics.

namespace perennial::stats {

/// P(D+ >= x) of the one-sided statistic of n values (Birnbaum & Tingey 1951), to about 1e-9 relative. n >= 1, whole.
/// 1 where x <= 0, 0 where x >= 1. Above n = 4096 the sum is taken at every n / 2048th term: the terms are a smooth
/// curve that vanishes at both ends, whose sum the trapezoidal rule gives to the same precision.
double smirnov_sf(double n, double x);

/// P(D >= x) of the two-sided statistic of n values, by the scheme of Simard & L'Ecuyer (2011): the matrix power of
/// Marsaglia, Tsang & Wang (2003) where n is small, the expansion of Pelz & Good (1976) in the middle, and
/// 2 * smirnov_sf (Miller 1956) in the tail. Absolute error at most 1e-6, relative 2e-6 in the tail. n >= 1, whole.
double kolmogorov_n_sf(double n, double x);

}  // namespace perennial::stats
