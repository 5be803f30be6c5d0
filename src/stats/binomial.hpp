#pragma once
// The upper tail of the binomial distribution.

#include <cstdint>

namespace perennial::stats {

/// P(X >= k) for X ~ Binomial(n, p), summed exactly from k upwards: relative error about 1e-12 where the result is
/// above 1e-300. 1 where k is 0, 0 where k > n. p is cut to 0..1; NaN gives NaN. O(n) at worst, a few terms in the far
/// tail.
double binomial_sf(std::uint64_t k, std::uint64_t n, double p);

}  // namespace perennial::stats
