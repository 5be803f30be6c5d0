#pragma once
// Looking values up in a sorted sample with AVX-512: eight at a time, their places gathered from the grid's tables.

#include <cstdint>
#include <span>

#include "stats/value_grid.hpp"

namespace perennial::stats {

/// SortedSample::locate() over the `distinct` values that `grid` was made of, at least one: the same places. Needs
/// AVX-512F.
void locate_avx512(const ValueGrid& grid, std::span<const double> distinct, std::span<const double> values,
                   std::span<std::uint32_t> found);

}  // namespace perennial::stats
