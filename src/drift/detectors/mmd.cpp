#include "stats/mmd.hpp"

#include "drift/detectors/batch.hpp"

namespace perennial::drift {
namespace {

Outcome joint(const Reference& reference, const JointWindow& current) {
  const auto pairs = reference.joint().pairs_with(current.columns, current.seed);
  const auto result = stats::mmd(pairs.squared_distances, pairs.reference_rows, pairs.current_rows, current.seed);
  return {result.statistic, result.p_value, 0, pairs.reference_rows, pairs.current_rows};
}

}  // namespace

Detector mmd_detector() {
  return {{"mmd",
           "maximum mean discrepancy of all columns together, on up to 512 rows of each side, by permutation",
           {{"level", "alpha", "0..1", "", "significance level"}}},
          true,
          true,
          true,
          nullptr,
          0,
          joint};
}

}  // namespace perennial::drift
