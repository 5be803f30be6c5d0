#pragma once
// Has the mean of a stream moved, at some time not long ago? The largest |sum| / sqrt(count) over all stretches that
// end with the newest value: the generalised likelihood ratio of a change of the mean of unknown size at an unknown
// time.

namespace perennial::stats {

/// How often, per value, the largest |sum| / sqrt(count) over the newest 1..longest of independent standard normal
/// values climbs over `height`: Siegmund & Venkatraman (1995), "Using the generalized likelihood ratio statistic for
/// sequential detection of a change-point", and with the longest stretch bounded Lai (1995),
///
///   rate = h phi(h) * integral of x nu(x)^2 for x from h / sqrt(longest) to h,
///   nu(x) = (2/x) (Phi(x/2) - 1/2) / ((x/2) Phi(x/2) + phi(x/2))
///
/// Good to some per cent where it is below 0.01; 1 where height <= 1; at most 1. longest >= 1.
double suffix_scan_rate(double height, double longest);

}  // namespace perennial::stats
