#pragma once
// Reference and current rows counted in the same bins: what PSI, Kullback-Leibler, Jensen-Shannon and Hellinger
// compare.

#include <cstdint>
#include <span>
#include <vector>

#include "stats/categories.hpp"
#include "stats/sorted_sample.hpp"

namespace perennial::stats {

inline constexpr std::size_t numeric_bins = 10;   ///< capabilities row 39
inline constexpr std::size_t category_bins = 50;  ///< larger sets: the rest is one bin

/// Rows per bin, the same bins on both sides. The reference's are doubles because its share of never-seen values is
/// an estimate.
struct BinCounts {
  std::vector<double> reference;
  std::vector<std::uint64_t> current;
};

/// Shares of rows, smoothed: (count + 0.5) / (rows + 0.5 * bins), so that none is 0. Bins that nobody is in are left
/// out.
struct BinShares {
  std::vector<double> reference;
  std::vector<double> current;
  std::uint64_t reference_rows = 0;  ///< missing included
  std::uint64_t current_rows = 0;

  bool defined() const { return reference_rows > 0 && current_rows > 0; }
  /// (1/n + 1/m) times the upper quantile of chi-squared with bins - 1 degrees of freedom: what Pearson's distance
  /// sum (c - r)^2 / r of two samples of one distribution stays below with probability 1 - level. 0 where undefined.
  double pearson_noise(double level) const;
};

BinShares smoothed_shares(const BinCounts& counts);

/// By Cochran's rule (1954): bins of which the smaller side expects fewer than 5 rows become one, which joins the
/// smallest of the others where it expects fewer than 5 still. A handful of rows in a rare bin then is no news, and
/// noise follows chi-squared far into its tail.
BinCounts without_rare_bins(const BinCounts& counts);

/// The bins of a numeric reference: they end at its quantiles, right-closed; values under its minimum and over its
/// maximum have a bin each, so nothing falls outside, and missing values are the last one. With no more distinct values
/// than bins, each value is a bin. A constant reference has the bins below, equal, above. Immutable.
class QuantileBins {
 public:
  QuantileBins() = default;
  explicit QuantileBins(std::span<const double> values, std::size_t bins = numeric_bins);
  /// From a sample that is sorted already, and the number of missing values beside it.
  QuantileBins(const SortedSample& sample, std::uint64_t missing, std::size_t bins = numeric_bins);

  /// O(m), vectorised; empty where the reference has never been given.
  BinCounts count(std::span<const double> current) const;
  /// Upper ends of the bins: first the value just below the minimum, last the maximum.
  std::span<const double> ends() const { return ends_; }

 private:
  std::vector<double> ends_;
  std::vector<double> counts_;  ///< ends_.size() + 2: below … above, missing
};

/// The most frequent `category_bins` reference categories that at least 5 rows hold, the rest, values never seen
/// (expected share: Good-Turing, so that identifiers do not drift for being new), and missing.
BinCounts count_bins(const CategoryReference& reference, const CategoryReference::Aligned& current);

}  // namespace perennial::stats
