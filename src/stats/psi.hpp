#pragma once
// Population stability index: sum over bins of (c - r) * ln(c / r), with r and c the shares of reference and current
// rows. Rules of thumb: below 0.1 stable, 0.1 to 0.2 some change, above 0.2 material.
//
// Smoothing: a share is (count + 0.5) / (rows + 0.5 * bins), so no share is 0 and no result is infinite or NaN.
// Missing values are a bin of their own.

#include <cstdint>
#include <span>
#include <vector>

#include "stats/categories.hpp"
#include "stats/ks.hpp"

namespace perennial::stats {

inline constexpr std::size_t psi_bins = 10;           ///< capabilities row 39
inline constexpr std::size_t psi_category_bins = 50;  ///< larger sets: the rest is one bin

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

/// From counts per bin of both sides (same length).
Psi psi_of_counts(std::span<const double> reference, std::span<const std::uint64_t> current);

/// A numeric reference: bins end at the reference's quantiles, right-closed; values under its minimum and over its
/// maximum have a bin each, so nothing falls outside. With no more distinct values than bins, each value is a bin.
/// A constant reference has the bins below, equal, above. Immutable.
class PsiReference {
 public:
  PsiReference() = default;
  explicit PsiReference(std::span<const double> values, std::size_t bins = psi_bins);
  /// From a sample that is sorted already, and the number of missing values beside it.
  PsiReference(const SortedSample& sample, std::uint64_t missing, std::size_t bins = psi_bins);
  Psi against(std::span<const double> current) const;
  /// Upper ends of the bins: first the value just below the minimum, last the maximum.
  std::span<const double> ends() const { return ends_; }

 private:
  std::size_t bin_of(double value) const;
  std::vector<double> ends_;
  std::vector<double> counts_;  ///< ends_.size() + 2: below … above, missing
};

/// Of category shares: the most frequent psi_category_bins reference categories that at least 5 rows hold, the rest,
/// values never seen (expected share: Good-Turing, so that identifiers do not drift for being new), and missing.
Psi categorical_psi(const CategoryReference& reference, const CategoryReference::Aligned& current);

}  // namespace perennial::stats
