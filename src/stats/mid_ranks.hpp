#pragma once
// Where each value of a sample stands among all of them.

#include <span>
#include <vector>

namespace perennial::stats {

/// For each value the share of all values that are below it, and half of those that are equal to it: strictly between 0
/// and 1. NaN stand in the middle, at 0.5, and are none of the others. At most 2^32 - 1 values. O(n), or O(n log n)
/// where many values differ by less than a millionth of themselves.
std::vector<double> mid_ranks(std::span<const double> values);

}  // namespace perennial::stats
