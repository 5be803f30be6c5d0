#pragma once
// Wasserstein-1 (earth mover's) distance of two numeric samples: the area between their distribution functions.

#include <cstdint>
#include <optional>
#include <span>

#include "stats/sorted_sample.hpp"

namespace perennial::stats {

struct Wasserstein {
  double value = 0;  ///< >= 0, in the unit of the data
  std::uint64_t reference_n = 0;
  std::uint64_t current_n = 0;
};

/// NaN are left out; 0 where either side is empty; NaN where a side holds an infinite value. `current` is neither
/// sorted nor copied: within a cell of the reference's grid only counts and sums are needed, but for the cells in which
/// the two functions come close. O(m + distinct values), and what sorting the values of those cells takes.
Wasserstein wasserstein(const SortedSample& reference, std::span<const double> current);

/// For one-off use.
double wasserstein(std::span<const double> a, std::span<const double> b);

/// Infinite values of a window count as these.
struct FiniteRange {
  double low = 0;
  double high = 0;
};
Wasserstein wasserstein(const SortedSample& reference, std::span<const double> current, const FiniteRange& infinities);

/// What makes the distance comparable over columns, prepared with the reference. Immutable.
class WassersteinScale {
 public:
  WassersteinScale() = default;
  explicit WassersteinScale(const SortedSample& reference);

  /// False where the reference has fewer than two different finite values, or its range is beyond double's.
  bool defined() const { return deviation_ > 0; }
  double deviation() const { return deviation_; }  ///< of the reference (divided by n), > 0 where defined
  /// One range of the reference's finite values beyond its ends: where infinite values are put.
  const FiniteRange& infinities() const { return infinities_; }

  /// Distance in standard deviations of the reference; `reference` is the sample this was made of. Defined where
  /// defined() and both sides have values, else 0; at most the largest double.
  Wasserstein distance(const SortedSample& reference, std::span<const double> current) const;

  /// What the normalised distance of two samples of the reference's distribution stays below with probability
  /// 1 - level at least, in large samples: sqrt(1/n + 1/m) * (E + sqrt(2 ln(1 / level))). The distance is the L1 norm
  /// of a Brownian bridge B(F(x)) then; E = sqrt(2/pi) * integral sqrt(F (1 - F)) / deviation is its mean, and its
  /// fluctuation is that of a Gaussian supremum whose largest variance is the reference's own (Borell 1975; Tsirelson,
  /// Ibragimov & Sudakov 1976; the variance by Hoeffding 1940).
  double noise_bound(std::uint64_t n, std::uint64_t m, double level) const;

 private:
  double deviation_ = 0;
  double mean_ = 0;  ///< E
  FiniteRange infinities_;
  std::optional<SortedSample> finite_;  ///< where the reference holds infinite values: with these put at the ends
};

}  // namespace perennial::stats
