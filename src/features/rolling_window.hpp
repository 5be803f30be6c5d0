#pragma once
// Statistics over the newest rows of one column of one entity, in constant time per row.

#include <cstdint>
#include <span>
#include <vector>

#include "features/config.hpp"

namespace perennial::features {

/// The newest values of a column; row r lies at values[r % capacity].
struct Ring {
  std::span<double> values;
  double at(std::uint64_t row) const { return values[row % values.size()]; }
};

/// Running sums over the window [row - size + 1, row]. NaN is left out. Everything is a function of the entity's rows
/// alone: sums are recomputed at fixed row numbers and where cancellation shows, never at batch boundaries.
class RollingWindow {
 public:
  /// `row` is about to be written to the ring: takes the row that leaves the window out of the sums.
  void remove(const Ring& ring, std::uint64_t row, std::uint64_t size);
  /// `row` has been written to the ring.
  void add(const Ring& ring, std::uint64_t row, std::uint64_t size);
  /// The statistic of the window that ends at `row`. NaN where the window has no value; std and slope of one value are
  /// 0. std has n - 1 in its denominator, slope is per row (least squares), delta = last - first, and ewm has weight
  /// 2 / (size + 1) for the newest value and goes back to the entity's first row.
  double value(Stat stat, const Ring& ring, std::uint64_t row, std::uint64_t size) const;

 private:
  void recompute(const Ring& ring, std::uint64_t row, std::uint64_t size);
  double spread() const;  ///< sum of squared deviations from the mean

  std::uint64_t anchor_ = 0;  ///< row where x = 0
  double count_ = 0;
  double shift_ = 0;  ///< subtracted from every value, so that sums stay small
  double sum_ = 0, squares_ = 0;
  double x_sum_ = 0, x_squares_ = 0, products_ = 0;
  double ewm_ = 0;
  bool has_ewm_ = false;
};

/// Over all rows of an entity (Welford 1962).
struct ExpandingWindow {
  double count = 0, mean = 0, spread = 0, min = 0, max = 0;
  void add(double value);
  double value(Stat stat) const;
};

}  // namespace perennial::features
