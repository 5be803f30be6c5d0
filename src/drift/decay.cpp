#include "drift/decay.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/special.hpp"

namespace perennial::drift {
namespace {

bool usable(const stats::Estimate& estimate) {
  return std::isfinite(estimate.value) && std::isfinite(estimate.standard_error) && estimate.standard_error >= 0;
}

/// P("not worse" would show this decay or more).
double welch_p_value(double decay, const stats::Estimate& a, const stats::Estimate& b) {
  const double variance_a = a.standard_error * a.standard_error;
  const double variance_b = b.standard_error * b.standard_error;
  const double variance = variance_a + variance_b;
  if (!(variance > 0)) return decay > 0 ? 0 : 1;
  const double df =
      variance * variance /
      (variance_a * variance_a / static_cast<double>(a.n - 1) + variance_b * variance_b / static_cast<double>(b.n - 1));
  return stats::student_t_sf(decay / std::sqrt(variance), df);
}

}  // namespace

DecayReport judge_decay(const std::optional<stats::Estimate>& baseline, const stats::Estimate& current,
                        const DecaySettings& settings, bool higher_is_better, bool comparable) {
  DecayReport report;
  report.metric = settings.metric;
  report.threshold = settings.drop;
  report.threshold_is_relative = settings.relative;
  report.current = current.value;
  report.current_rows = current.n;
  if (baseline) {
    report.baseline = baseline->value;
    report.baseline_rows = baseline->n;
  }
  if (!comparable || !baseline || !usable(*baseline) || !usable(current) || baseline->n < least_decay_rows ||
      current.n < std::max(settings.min_rows, least_decay_rows))
    return report;

  report.decay = higher_is_better ? baseline->value - current.value : current.value - baseline->value;
  if (baseline->value != 0) report.decay_share = report.decay / std::abs(baseline->value);
  else report.decay_share = report.decay > 0 ? std::numeric_limits<double>::infinity() : 0;
  report.standard_error = std::hypot(baseline->standard_error, current.standard_error);
  report.p_value = welch_p_value(report.decay, *baseline, current);
  report.significant = report.p_value < settings.alpha;
  const bool beyond = report.decay > 0 && (settings.relative ? report.decay_share : report.decay) >= settings.drop;
  report.detected = report.significant && beyond;
  report.verdict = report.detected ? Verdict::fail : beyond ? Verdict::inconclusive : Verdict::pass;
  return report;
}

}  // namespace perennial::drift
