#include "drift/detectors/batch.hpp"
#include "stats/divergences.hpp"

namespace perennial::drift {
namespace {

Outcome test(const ColumnReference& reference, const ColumnView& current, double noise_level) {
  const auto distance = stats::kullback_leibler(
      stats::smoothed_shares(stats::without_rare_bins(binned(reference, current))), noise_level);
  return {distance.value, -1, distance.noise_bound * reference.inflation.shape, reference.rows, current.size()};
}

}  // namespace

Detector kl_detector() {
  return {{"kl",
           "Kullback-Leibler divergence of the current window from the reference, over the bins of psi",
           {{"level", "0.15", "> 0", "nats", "threshold; never used below the noise bound of the windows"}}},
          true,
          true,
          false,
          test,
          0.15};
}

}  // namespace perennial::drift
