#pragma once
// Pearson's chi-squared test of homogeneity for two samples of counts.

#include <cstdint>
#include <span>

#include "stats/categories.hpp"

namespace perennial::stats {

struct ChiSquare {
  double statistic = 0;
  double degrees_of_freedom = 0;
  double p_value = 1;  ///< 1 where either side is empty or only one category is left
};

/// counts_a[i] and counts_b[i] belong to the same category. Categories that nobody has are left out.
ChiSquare chi_square(std::span<const std::uint64_t> counts_a, std::span<const std::uint64_t> counts_b);

/// As above with Cochran's rule (1954): categories whose expected count is under 5 in the smaller sample are pooled
/// (the never-seen ones among them), and the pool joins the smallest remaining category where it stays under 5.
/// Missing is a category.
ChiSquare chi_square(const CategoryReference& reference, const CategoryReference::Aligned& current);

}  // namespace perennial::stats
