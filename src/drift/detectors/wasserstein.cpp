#include "stats/wasserstein.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "drift/detectors/batch.hpp"
#include "stats/ks.hpp"
#include "stats/special.hpp"

namespace perennial::drift {
namespace {

struct Missing {
  double difference = 0;  ///< of the shares
  double noise = 0;
};

/// The difference of two binomial shares and its two-sided normal bound.
Missing missing_share(double before, double rows_before, double now, double rows_now, double level) {
  const double pooled = (before + now) / (rows_before + rows_now);
  const double deviation = std::sqrt(pooled * (1 - pooled) * (1 / rows_before + 1 / rows_now));
  return {std::abs(now / rows_now - before / rows_before),
          deviation > 0 ? deviation * stats::normal_quantile(1 - level / 2) : 0};
}

// The distance of the values in standard deviations of the reference, plus the change of the share of missing ones: a
// row that falls silent counts as moved by one deviation. Without a spread to measure by, the largest difference of the
// distribution functions takes the distance's place.
Outcome test(const ColumnReference& reference, const ColumnView& current, double noise_level) {
  Outcome outcome{0, -1, 0, reference.rows, current.size()};
  if (reference.rows == 0 || current.size() == 0) return outcome;
  std::uint64_t present = 0;
  if (reference.spread.defined()) {
    const auto distance = reference.spread.distance(reference.sample, current.numbers);
    outcome.statistic = distance.value;
    outcome.noise_bound = reference.spread.noise_bound(distance.reference_n, distance.current_n, noise_level / 2);
    present = distance.current_n;
  } else {
    const auto ks = stats::ks_statistic(reference.sample, current.numbers);
    outcome.statistic = ks.statistic;
    present = ks.current_n;
  }
  const auto missing = missing_share(static_cast<double>(reference.missing), static_cast<double>(reference.rows),
                                     static_cast<double>(current.size() - present), static_cast<double>(current.size()),
                                     noise_level / 2);
  outcome.statistic = std::min(outcome.statistic + missing.difference, std::numeric_limits<double>::max());
  outcome.noise_bound = (outcome.noise_bound + missing.noise) * std::sqrt(reference.inflation.shape);
  return outcome;
}

}  // namespace

Detector wasserstein_detector() {
  return {{"wasserstein",
           "earth mover's distance of numeric columns, and the change of their share of missing values",
           {{"level", "0.1", "> 0", "standard deviations of the reference",
             "threshold; never used below the noise bound of the windows"}}},
          true,
          false,
          false,
          test,
          0.1};
}

}  // namespace perennial::drift
