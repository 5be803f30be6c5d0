#include "drift/label_evidence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "stats/mann_whitney.hpp"

namespace perennial::drift {
namespace {

constexpr std::uint64_t least_waiting = 20;    // rows behind a step of the curve that counts
constexpr std::size_t least_unlabelled = 20;   // fewer cannot hide a kind of rows
constexpr std::size_t least_labelled = 5;      // fewer are like anything
constexpr double enough_without_a_test = 0.5;  // of the rows, where too few are there to compare
constexpr std::size_t points_told = 20;

bool came_by(const AwaitedLabel& row, TimePoint now) { return row.labelled <= now; }

stats::MaturityCurve curve_of(std::span<const AwaitedLabel> rows, TimePoint now) {
  std::vector<stats::LabelWait> waits;
  waits.reserve(rows.size());
  for (const auto& row : rows) {
    const bool came = came_by(row, now);
    waits.push_back({(came ? row.labelled : now) - row.predicted, came});
  }
  return stats::MaturityCurve(waits);
}

/// The last step that enough rows are behind; the last one where none is.
double eventual_share(const stats::MaturityCurve& curve) {
  double share = 0;
  for (const auto& point : curve.points())
    if (point.waiting >= least_waiting || share == 0) share = point.share;
  return share;
}

struct Window {
  std::size_t rows = 0;
  std::vector<double> labelled;  // what was said
  std::vector<double> unlabelled;
  std::size_t came = 0;

  double coverage() const { return rows == 0 ? 0 : static_cast<double>(came) / static_cast<double>(rows); }
};

Window window_of(std::span<const AwaitedLabel> rows, TimePoint since, TimePoint until, TimePoint now) {
  Window window;
  for (const auto& row : rows) {
    if (row.predicted < since || row.predicted > until) continue;
    const bool came = came_by(row, now);
    ++window.rows;
    window.came += came ? 1 : 0;
    if (!std::isnan(row.said)) (came ? window.labelled : window.unlabelled).push_back(row.said);
  }
  return window;
}

/// Rank test of what was said of labelled rows and of unlabelled ones.
bool differ(const stats::MannWhitney& test, const LabelEvidenceSettings& settings) {
  return test.p_value < settings.alpha && std::abs(test.auc - 0.5) >= settings.least_effect;
}

bool early_ones_differ(std::span<const AwaitedLabel> rows, Duration age, TimePoint now,
                       const LabelEvidenceSettings& settings) {
  const Window young = window_of(rows, now - age, now, now);
  return young.unlabelled.size() >= least_unlabelled && young.labelled.size() >= least_labelled &&
         differ(stats::mann_whitney(young.unlabelled, young.labelled), settings);
}

}  // namespace

LabelEvidence judge_labels(std::span<const AwaitedLabel> rows, TimePoint since, TimePoint now,
                           const LabelEvidenceSettings& settings) {
  LabelEvidence found;
  found.age = settings.least_age;
  found.curve = curve_of(rows, now);
  found.eventual_share = eventual_share(found.curve);
  Window window = window_of(rows, since, now - found.age, now);
  if (window.coverage() < settings.mature * found.eventual_share) {
    if (const auto age = found.curve.age_at(settings.mature * found.eventual_share))
      found.age = std::max(found.age, *age);
    window = window_of(rows, since, now - found.age, now);
  }
  if (found.age > settings.least_age) found.early_differ = early_ones_differ(rows, found.age, now, settings);
  found.rows = window.rows;
  found.coverage = window.coverage();
  if (window.came == 0 || found.coverage >= settings.mature) return found;

  const std::string share = fmt::format("{:.3g} % of the rows of the window have a label", 100 * found.coverage);
  if (window.unlabelled.size() < least_unlabelled) return found;
  if (window.labelled.size() < least_labelled) {
    found.comparable = found.coverage >= enough_without_a_test;
    if (!found.comparable) found.reason = share + ", too few to tell whether they are like the others";
    return found;
  }
  const auto test = stats::mann_whitney(window.unlabelled, window.labelled);
  if (differ(test, settings)) {
    found.comparable = false;
    found.reason =
        fmt::format("{}, and they are not like the others: what was said of them is {} (rank test, p {:.2g})", share,
                    test.auc > 0.5 ? "higher" : "lower", test.p_value);
  }
  return found;
}

Json to_json(const LabelEvidence& evidence) {
  Json curve = Json::array();
  const auto points = evidence.curve.points();
  const std::size_t step = (points.size() + points_told - 1) / points_told;
  for (std::size_t i = 0; i < points.size(); ++i)
    if ((i + 1) % step == 0 || i + 1 == points.size())
      curve.push_back({{"age", format_duration(points[i].age)},
                       {"share", points[i].share},
                       {"standard_error", points[i].standard_error},
                       {"waiting", points[i].waiting}});
  return {{"age", format_duration(evidence.age)},
          {"eventual_share", evidence.eventual_share},
          {"coverage", evidence.coverage},
          {"rows", evidence.rows},
          {"early_differ", evidence.early_differ},
          {"comparable", evidence.comparable},
          {"reason", evidence.reason.empty() ? Json(nullptr) : Json(evidence.reason)},
          {"curve", curve}};
}

}  // namespace perennial::drift
