#pragma once
// How dependent the rows of a window are.

namespace perennial::drift {

/// How many times the variance of a window's mean is that of as many independent rows; >= 1. Tests divide their window
/// by it (an effective sample size).
struct Inflation {
  double location = 1;  ///< of the rows' ranks: tests of location
  double shape = 1;     ///< the largest of that and of the ranks' distance from the middle: tests of the whole shape
  friend bool operator==(const Inflation&, const Inflation&) = default;
};

}  // namespace perennial::drift
