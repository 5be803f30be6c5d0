#include "stats/psi.hpp"

#include "drift/detectors/batch.hpp"

namespace perennial::drift {
namespace {

Outcome test(const ColumnReference& reference, const ColumnView& current, double noise_level) {
  const auto psi = stats::psi_of_counts(binned(reference, current));
  return {psi.value, -1, psi.noise_bound(noise_level) * reference.inflation.shape, reference.rows, current.size()};
}

}  // namespace

Detector psi_detector() {
  return {{"psi",
           "population stability index over quantile bins or categories: how material a shift is",
           {{"level", "0.2", "> 0", "", "threshold; never used below the noise bound of the windows"}}},
          true,
          true,
          false,
          test};
}

}  // namespace perennial::drift
