#pragma once
// Were units dealt to two arms in the share that was meant? Other counts than the draw can explain say that somebody
// was lost, or counted twice, on the way: then the arms are no random halves and nothing they show can be compared.

#include <cstdint>

namespace perennial::stats {

/// p-value for "every unit went to arm one with chance `share`, whatever the others did" that holds at every look and
/// at all of them together: one over the sequential multinomial test's Bayes factor against a Beta prior around `share`
/// that is worth 100 units (Lindon & Malek, NeurIPS 2022), at most 1. 1 where nothing was dealt, and where `share` is
/// not inside (0, 1).
double sample_ratio_p(std::uint64_t arm_one, std::uint64_t arm_two, double share);

}  // namespace perennial::stats
