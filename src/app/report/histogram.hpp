#pragma once
// What two windows of one column look like side by side: shares per bin or per category, and one line of words.

#include <string>
#include <vector>

#include "core/table.hpp"

namespace perennial::app {

struct SideBySide {
  bool categories = false;
  std::vector<double> ends;        ///< numeric: bins + 1 ends; the outermost bins also hold what lies beyond
  std::vector<std::string> names;  ///< categories: the most frequent, the rest as "all others"
  std::vector<double> reference;   ///< share of the rows that are not missing
  std::vector<double> current;
  std::string change;  ///< "median 10.1, now 12.3", "'north' 40 %, now 62 %"; escaped nowhere
};

inline constexpr std::size_t histogram_bins = 28;
inline constexpr std::size_t histogram_categories = 8;

/// Pure; both columns are of the same kind (a mismatch, or no value on either side, gives nothing to draw: no shares).
/// Bins cover the middle 99 % of both windows. Numbers with at most histogram_categories values count as categories.
SideBySide side_by_side(const Column& reference, const Column& current);

}  // namespace perennial::app
