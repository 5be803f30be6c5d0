#pragma once
// Many tests at once: with 50 columns at 5 % each, some column cries wolf in 92 % of all reports.

#include <span>
#include <vector>

namespace perennial::stats {

/// Adjusted p-values in the order given, each comparable with the level of the whole family; NaN stays NaN and is not
/// counted as a test.

/// Holm (1979): bounds the chance of any false alarm, whatever the dependence.
std::vector<double> holm(std::span<const double> p_values);
/// Benjamini & Hochberg (1995): bounds the expected share of false alarms among the alarms.
std::vector<double> benjamini_hochberg(std::span<const double> p_values);

}  // namespace perennial::stats
