#pragma once
// How many values lie above each of a few edges: the inner loop of all binned distances.

#include <cstdint>
#include <span>

namespace perennial::stats {

/// Instruction sets that the counting is written for, each with all before it. Counts are whole numbers, so all give
/// the same.
enum class CountLevel { plain, avx2, avx512 };

/// The best of this machine.
CountLevel best_count_level();

/// above[k] = number of values > edges[k] (NaN: none). Edges ascend, equal ones allowed. Returns the number of values
/// that are not NaN.
std::uint64_t count_above(std::span<const double> values, std::span<const double> edges, std::span<std::uint64_t> above,
                          CountLevel level = best_count_level());

}  // namespace perennial::stats
