#include "stats/label_maturity.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "stats/metrics/labelled_rows.hpp"
#include "stats/radix_sort.hpp"

namespace perennial::stats {

MaturityCurve::MaturityCurve(std::span<const LabelWait> rows) : rows_(rows.size()) {
  // The age, and in the lowest bit whether the label came.
  std::vector<std::uint64_t> sorted;
  sorted.reserve(rows.size());
  std::uint64_t largest = 0;
  for (const LabelWait& row : rows) {
    const auto age = static_cast<std::uint64_t>(std::max(row.age, Duration{0}).count());
    sorted.push_back(2 * age + (row.arrived ? 1 : 0));
    largest = std::max(largest, sorted.back());
  }
  std::vector<std::uint64_t> other(sorted.size());
  radix_sort<std::uint64_t>(sorted, other, largest);
  double missing = 1;
  double greenwood = 0;
  for (std::size_t first = 0; first < sorted.size();) {
    const std::uint64_t waiting = sorted.size() - first;
    std::uint64_t came = 0;
    const std::uint64_t ticks = sorted[first] / 2;
    for (; first < sorted.size() && sorted[first] / 2 == ticks; ++first) came += sorted[first] % 2;
    const Duration age(static_cast<Duration::rep>(ticks));
    longest_ = age;
    if (came == 0) continue;
    arrived_ += came;
    const double n = static_cast<double>(waiting);
    const double d = static_cast<double>(came);
    missing = came == waiting ? 0 : missing * (1 - d / n);
    if (came < waiting) greenwood += d / (n * (n - d));
    points_.push_back({age, 1 - missing, missing * std::sqrt(greenwood), waiting});
  }
}

MaturityPoint MaturityCurve::at(Duration age) const {
  const auto next = std::upper_bound(points_.begin(), points_.end(), age,
                                     [](Duration at, const MaturityPoint& point) { return at < point.age; });
  if (next == points_.begin()) return {age, 0, 0, rows_};
  MaturityPoint point = *std::prev(next);
  point.age = age;
  return point;
}

std::optional<Duration> MaturityCurve::age_at(double share) const {
  if (!(share > 0)) return rows_ == 0 ? std::nullopt : std::optional(Duration{0});
  const auto found = std::ranges::find_if(points_, [&](const MaturityPoint& point) { return point.share >= share; });
  return found == points_.end() ? std::nullopt : std::optional(found->age);
}

EqualAge at_equal_age(std::span<const TimePoint> predicted, std::span<const TimePoint> labelled, TimePoint now,
                      Duration cut) {
  const std::size_t n = std::min(predicted.size(), labelled.size());
  EqualAge result;
  result.use.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    if (now - predicted[i] < cut) continue;
    ++result.old_enough;
    result.use[i] = labelled[i] != TimePoint::max() && labelled[i] <= now && labelled[i] - predicted[i] <= cut;
    result.labelled += result.use[i] ? 1 : 0;
  }
  return result;
}

Result<Restatement> restate(std::string_view metric, const Scored& scored, std::span<const double> earlier,
                            Dependence dependence) {
  if (earlier.size() != scored.truth.size())
    return fail(ErrorCode::invalid, fmt::format("{} earlier labels for {} rows", earlier.size(), scored.truth.size()));
  if (scored.target == nullptr) return fail(ErrorCode::internal, "scored rows without a target");
  PERENNIAL_TRY(check_metric(metric, *scored.target));
  Restatement result;
  bool any_before = false;
  bool any_after = false;
  for (std::size_t i = 0; i < earlier.size(); ++i) {
    const bool had = !std::isnan(earlier[i]);
    const bool has = !std::isnan(scored.truth[i]);
    any_before = any_before || had;
    any_after = any_after || has;
    result.rows_added += !had && has ? 1 : 0;
    result.rows_withdrawn += had && !has ? 1 : 0;
    result.rows_changed += had && has && earlier[i] != scored.truth[i] ? 1 : 0;
  }
  Scored then = scored;
  then.truth = earlier;
  // Outputs that cannot be used are an error; a metric without a value on some labels (one class only) is an absent
  // side.
  const auto side = [&](const Scored& rows, bool any) -> Result<std::optional<Estimate>> {
    if (!any) return std::nullopt;
    PERENNIAL_TRY(LabelledRows::collect(rows, {}));
    const auto estimate = evaluate(metric, rows, dependence);
    return estimate ? std::optional(*estimate) : std::nullopt;
  };
  ASSIGN_OR_RETURN(result.before, side(then, any_before));
  ASSIGN_OR_RETURN(result.after, side(scored, any_after));
  return result;
}

}  // namespace perennial::stats
