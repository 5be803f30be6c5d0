#pragma once
// Least-squares fit of a function that never falls: pool adjacent violators (Ayer et al. 1955; Best & Chakravarti
// 1990).

#include <span>
#include <vector>

#include "core/result.hpp"

namespace perennial::stats {

/// A function that never falls: straight lines between knots, constant outside them. Immutable.
class IsotonicMap {
 public:
  /// Minimises sum (f(x_i) - y_i)^2 over all functions that never fall; equal x share the mean of their y. O(n log n).
  /// Errors: invalid (no rows, lengths differ, a number that is not finite).
  static Result<IsotonicMap> fit(std::span<const double> x, std::span<const double> y);

  double operator()(double x) const;  ///< NaN for NaN
  std::span<const double> knots() const { return x_; }
  std::span<const double> values() const { return y_; }

 private:
  std::vector<double> x_;  ///< ascending, at least one
  std::vector<double> y_;
};

}  // namespace perennial::stats
