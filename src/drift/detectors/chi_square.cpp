#include "stats/chi_square.hpp"

#include "drift/detectors/batch.hpp"
#include "stats/special.hpp"

namespace perennial::drift {
namespace {

Outcome test(const ColumnReference& reference, const ColumnView& current, double) {
  const auto aligned = reference.categories.align(stats::count_categories(current.codes, current.dictionary));
  const auto result = stats::chi_square(reference.categories, aligned);
  const double p_value =
      reference.inflation.shape > 1 && result.degrees_of_freedom > 0
          ? stats::chi_squared_sf(result.statistic / reference.inflation.shape, result.degrees_of_freedom)
          : result.p_value;
  return {result.statistic, p_value, 0, reference.rows, aligned.rows};
}

}  // namespace

Detector chi_square_detector() {
  return {{"chi_square",
           "chi-squared test of categorical columns; rare, new and missing values count",
           {{"level", "alpha", "0..1", "", "family-wise significance level over all columns"}}},
          false,
          true,
          true,
          test};
}

}  // namespace perennial::drift
