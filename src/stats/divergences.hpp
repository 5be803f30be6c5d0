#pragma once
// Distances between two discrete distributions. P and Q are weights of the same bins, not negative; each is divided by
// its sum. NaN where a sum is not above 0 or not finite. All in nats.
//
// Next to each, what it is of Pearson's distance X = sum (p - q)^2 / q where P and Q are close (second order of its
// Taylor series; Pardo 2006, Statistical Inference Based on Divergence Measures, section 3). Two samples of one
// distribution have X about (1/n + 1/m) * chi-squared (BinShares::pearson_noise), which is how noise is told from
// drift.

#include <span>

#include "stats/bins.hpp"

namespace perennial::stats {

/// sum p ln(p / q): 0..inf, about X / 2. Infinite where q is 0 and p is not (Kullback & Leibler 1951).
double kullback_leibler(std::span<const double> p, std::span<const double> q);

/// The square root of the Jensen-Shannon divergence (KL(p | m) + KL(q | m)) / 2 with m = (p + q) / 2: a metric,
/// 0..sqrt(ln 2) = 0.8326; its square is about X / 8 (Endres & Schindelin 2003).
double jensen_shannon(std::span<const double> p, std::span<const double> q);

/// sqrt(sum (sqrt(p) - sqrt(q))^2 / 2): a metric, 0..1; its square is about X / 8 (Hellinger 1909).
double hellinger(std::span<const double> p, std::span<const double> q);

/// A distance of smoothed shares and what chance alone gives at a level.
struct Distance {
  double value = 0;  ///< >= 0, finite
  double noise_bound = 0;
};

/// Of the current shares from the reference's: what is lost by taking the reference for the present. 0 where undefined.
Distance kullback_leibler(const BinShares& shares, double level);
Distance jensen_shannon(const BinShares& shares, double level);
Distance hellinger(const BinShares& shares, double level);

}  // namespace perennial::stats
