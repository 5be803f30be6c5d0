#include "stats/psi.hpp"

#include <cmath>

#include "stats/special.hpp"

namespace perennial::stats {

double Psi::noise_bound(double level) const {
  if (!defined || bins < 2) return 0;
  const double noise = 1 / static_cast<double>(reference_rows) + 1 / static_cast<double>(current_rows);
  return noise * chi_squared_quantile_upper(level, static_cast<double>(bins - 1));
}

Psi psi_of_counts(const BinCounts& counts) {
  const BinShares shares = smoothed_shares(counts);
  Psi result{0, shares.defined(), shares.reference.size(), shares.reference_rows, shares.current_rows};
  if (!result.defined) return result;
  for (std::size_t bin = 0; bin < result.bins; ++bin) {
    const double r = shares.reference[bin];
    const double c = shares.current[bin];
    result.value += (c - r) * std::log(c / r);
  }
  return result;
}

}  // namespace perennial::stats
