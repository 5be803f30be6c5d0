#pragma once
// A numeric sample that is sorted once and then compared with many windows, without sorting or copying these.

#include <cstdint>
#include <span>
#include <vector>

#include "stats/count_above.hpp"
#include "stats/value_grid.hpp"

namespace perennial::stats {

/// The distinct values of a sample in ascending order with their cumulative counts, and a grid over them. NaN are left
/// out; infinities are ordinary extremes; ties are exact. At most 2^32 - 1 values. Immutable, so safe to read from any
/// thread.
class SortedSample {
 public:
  SortedSample() = default;
  explicit SortedSample(std::span<const double> values);

  std::uint64_t size() const { return cumulative_.empty() ? 0 : cumulative_.back(); }  ///< values that are not NaN
  std::span<const double> distinct() const { return distinct_; }
  /// Values that are not above distinct()[i].
  std::span<const std::uint32_t> cumulative() const { return cumulative_; }
  const ValueGrid& grid() const { return grid_; }
  /// How tied the values are: the sum over distinct values of (their share)^3. 1 where all are equal, near 0 where all
  /// differ; 1 - tied() is the factor of Kruskal & Wallis (1952) on the variance of ranks, for large samples.
  double tied() const { return tied_; }
  /// The smallest value v with F(v) >= share; NaN where empty.
  double quantile(double share) const;

  /// found[k] = index of the first distinct value that is not below values[k]; distinct().size() where all are. For
  /// values that are not NaN; `found` is as long as `values`. The level changes the speed alone; the machine must have
  /// it.
  void locate(std::span<const double> values, std::span<std::uint32_t> found,
              CountLevel level = best_count_level()) const;

 private:
  std::vector<double> distinct_;
  std::vector<std::uint32_t> cumulative_;
  ValueGrid grid_;
  double tied_ = 0;
};

}  // namespace perennial::stats
