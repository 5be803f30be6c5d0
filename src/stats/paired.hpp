#pragma once
// Two models on the same rows. The rows' difficulty cancels in the differences, so far fewer rows are needed than for
// two separate estimates.

#include <cstdint>
#include <span>
#include <string_view>

#include "stats/metrics.hpp"

namespace perennial::stats {

/// improvement > 0: the challenger is better, whatever the metric's direction.
struct PairedComparison {
  double improvement = 0;     ///< in the metric's unit
  double standard_error = 0;  ///< of the improvement
  double p_value = 1;         ///< one-sided, for "the challenger is not better"
  std::uint64_t n = 0;        ///< rows with a label on both sides
  double effective_n = 0;     ///< independent rows that carry as much (stats/serial.hpp), at most n
  Estimate challenger;
  Estimate champion;
};

/// Rows must be the same in the same order (time order); those without a label on either side are left out of both.
/// The standard error is that of the mean difference of the two influences (stats/metrics.hpp), which is DeLong's test
/// for the AUC and the paired t-test for metrics that are means, widened for resembling neighbours; the reference
/// distribution is Student's t with effective_n - 1 degrees of freedom. Where every row differs by the same amount, the
/// sign test. Errors: those of evaluate(); invalid where the numbers of rows differ or fewer than two rows are left.
Result<PairedComparison> compare_paired(std::string_view metric, const Scored& challenger, const Scored& champion);

struct PairedMean {
  double difference = 0;      ///< mean(a - b) over the rows where both are finite
  double standard_error = 0;  ///< widened for resembling neighbours (stats/serial.hpp)
  std::uint64_t n = 0;
  double effective_n = 0;
  /// One-sided p-value of "mean(a) <= mean(b)"; 1 where n < 2.
  double p_value = 1;
};

/// Rows where either loss is not finite are left out. The longer span is cut to the shorter.
PairedMean paired_mean(std::span<const double> loss_a, std::span<const double> loss_b);

}  // namespace perennial::stats
