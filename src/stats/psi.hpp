#pragma once
// Population stability index: sum over bins of (c - r) * ln(c / r), with r and c the smoothed shares of reference and
// current rows (stats/bins.hpp). Rules of thumb: below 0.1 stable, 0.1 to 0.2 some change, above 0.2 material.

#include <cstdint>
#include <span>

#include "stats/bins.hpp"

namespace perennial::stats {

struct Psi {
  double value = 0;                  ///< >= 0, finite
  bool defined = false;              ///< false where either side has no rows; value is 0 then
  std::size_t bins = 0;              ///< bins that hold a row of either side
  std::uint64_t reference_rows = 0;  ///< missing included
  std::uint64_t current_rows = 0;

  /// The value that equal distributions stay below with probability 1 - level: (1/n + 1/m) times the upper quantile of
  /// chi-squared with bins - 1 degrees of freedom (Yurdakul 2018). Windows too small to show anything get a large one.
  double noise_bound(double level) const;
};

Psi psi_of_counts(const BinCounts& counts);

}  // namespace perennial::stats
