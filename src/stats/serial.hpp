#pragma once
// The variance of a mean of values in time order that resemble their neighbours.

#include <cstdint>
#include <span>

namespace perennial::stats {

/// long_run is the largest of three, with gk = sum_i (x_i - mean)(x_{i+k} - mean) / n:
///   g0 + 2 * sum_{k=1..L} (1 - k / (L + 1)) * gk    Newey & West (1987), bandwidth L = floor(n^(1/3));
///   g0 * (1 + r) / (1 - r), r = g1 / g0 <= 0.99     first-order autoregression, where memory outlasts L;
///   g0                                              neighbours that repel each other are no extra evidence.
struct SerialVariance {
  double variance = 0;     ///< g0
  double long_run = 0;     ///< >= variance
  double effective_n = 0;  ///< n * variance / long_run, at most n; n where the variance is 0
};

/// `values` in time order, all finite; zeros where n is 0.
SerialVariance serial_variance(std::span<const double> values);

}  // namespace perennial::stats
