#include "drift/detectors/batch.hpp"
#include "stats/mann_whitney.hpp"

namespace perennial::drift {
namespace {

// A classifier that cannot tell the sides apart on rows it was not trained on has an AUC of 0.5 (Lopez-Paz & Oquab
// 2017); an AUC below it says as much as one above.
Outcome joint(const Reference&, const JointWindow& current) {
  const auto result = stats::mann_whitney(current.scores.reference, current.scores.current);
  return {result.auc > 0.5 ? 2 * result.auc - 1 : 1 - 2 * result.auc, result.p_value, 0, result.reference_n,
          result.current_n};
}

}  // namespace

Detector domain_classifier_detector() {
  return {{"domain_classifier",
           "whether a classifier's scores tell current rows from reference rows: |2 AUC - 1|, by Mann-Whitney; "
           "needs these scores (perennial drift --scores)",
           {{"level", "alpha", "0..1", "", "significance level"}}},
          true,
          true,
          true,
          nullptr,
          0,
          joint,
          true};
}

}  // namespace perennial::drift
