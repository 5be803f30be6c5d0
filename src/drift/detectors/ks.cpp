#include "drift/detectors/batch.hpp"

#include <algorithm>
#include <cmath>

#include "stats/chi_square.hpp"
#include "stats/kolmogorov.hpp"
#include "stats/ks.hpp"
#include "stats/special.hpp"

namespace perennial::drift {
namespace {

/// Above it the limit distribution will do: hardly ever is it the smaller one, and levels are not up there.
constexpr double exact_below = 0.05;
/// Dependent rows: the fewer independent ones they are worth, the more the limit is too large. From `few` on it is at
/// most 0.13 where the exact value is 0.1.
constexpr double few = 20;
constexpr double exact_below_of_dependent = 0.15;

// The values by Kolmogorov-Smirnov, which leaves missing ones out; where any are missing, their share by chi-squared
// as well, and then twice the smaller p-value (Bonferroni): a column that falls silent has drifted.
Outcome test(const ColumnReference& reference, const ColumnView& current, double) {
  const double inflation = reference.inflation.shape;
  auto ks = inflation > 1 ? stats::ks_statistic(reference.sample, current.numbers)
                          : stats::ks_two_sample(reference.sample, current.numbers, exact_below);
  if (inflation > 1 && ks.reference_n > 0 && ks.current_n > 0) {
    const auto n = static_cast<double>(ks.reference_n);
    const auto m = static_cast<double>(ks.current_n) / inflation;
    const double worth = std::max(1.0, std::floor(n * m / (n + m)));
    ks.p_value = stats::kolmogorov_sf(std::sqrt(worth) * ks.statistic);
    if (worth < few || ks.p_value <= exact_below_of_dependent) ks.p_value = stats::kolmogorov_n_sf(worth, ks.statistic);
  }
  Outcome outcome{ks.statistic, ks.p_value, 0, ks.reference_n, ks.current_n};
  const std::uint64_t missing = current.numbers.size() - ks.current_n;
  if (reference.missing == 0 && missing == 0) return outcome;
  const std::uint64_t before[] = {reference.missing, ks.reference_n};
  const std::uint64_t now[] = {missing, ks.current_n};
  const auto shares = stats::chi_square(before, now);
  if (shares.degrees_of_freedom > 0) {
    const double of_share = stats::chi_squared_sf(shares.statistic / inflation, shares.degrees_of_freedom);
    outcome.p_value = std::min(1.0, 2 * std::min(ks.p_value, of_share));
  }
  return outcome;
}

}  // namespace

Detector ks_detector() {
  return {{"ks",
           "two-sample Kolmogorov-Smirnov test of numeric columns, and of their share of missing values",
           {{"level", "alpha", "0..1", "", "family-wise significance level over all columns"}}},
          true,
          false,
          true,
          test};
}

}  // namespace perennial::drift
