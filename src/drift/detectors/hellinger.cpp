#include <cmath>

#include "drift/detectors/batch.hpp"
#include "stats/divergences.hpp"

namespace perennial::drift {
namespace {

Outcome test(const ColumnReference& reference, const ColumnView& current, double noise_level) {
  const auto distance =
      stats::hellinger(stats::smoothed_shares(stats::without_rare_bins(binned(reference, current))), noise_level);
  return {distance.value, -1, distance.noise_bound * std::sqrt(reference.inflation.shape), reference.rows,
          current.size()};
}

}  // namespace

Detector hellinger_detector() {
  return {{"hellinger",
           "Hellinger distance over the bins of psi, 0 to 1: both sides alike",
           {{"level", "0.1", "> 0", "", "threshold; never used below the noise bound of the windows"}}},
          true,
          true,
          false,
          test,
          0.1};
}

}  // namespace perennial::drift
