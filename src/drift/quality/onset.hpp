#pragma once
// Where in a stretch of rows something began.

#include <cstddef>
#include <cstdint>
#include <span>

namespace perennial::drift::quality {

/// The row from which on the summed evidence "this row is bad" is largest: the maximum likelihood change point towards
/// the end of the stretch (Page 1954). `evidence` = log likelihood of the bad state less that of the good one, per row;
/// NaN counts as none. The last row where all evidence speaks for good; 0 where empty.
std::size_t onset(std::span<const double> evidence);

/// The same for rows that are flagged or not: flags are drawn with share `usual` before and `now` after.
std::size_t onset_of_flags(std::span<const std::uint8_t> flags, double usual, double now);

}  // namespace perennial::drift::quality
