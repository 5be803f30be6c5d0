#include "stats/rank_sum.hpp"

#include <cmath>

#include "drift/detectors/batch.hpp"

namespace perennial::drift {
namespace {

Outcome test(const ColumnReference& reference, const ColumnView& current, double) {
  const auto ranks = stats::rank_sum(reference.sample, current.numbers, reference.inflation.location);
  return {std::abs(2 * ranks.auc - 1), ranks.p_value, 0, ranks.reference_n, ranks.current_n};
}

}  // namespace

Detector rank_sum_detector() {
  return {{"rank_sum",
           "Mann-Whitney test of numeric columns: rank-biserial correlation; sees a shift of location sooner than ks, "
           "and nothing else",
           {{"level", "alpha", "0..1", "", "family-wise significance level over all columns"}}},
          true,
          false,
          true,
          test};
}

}  // namespace perennial::drift
