#include "lifecycle/evidence/version_scores.hpp"

namespace perennial::lifecycle {
namespace {

/// Days that have ended and are still told of begin up to a day before the week does.
constexpr Duration kept_longer = std::chrono::hours(24);

}  // namespace

std::string_view to_string(MetricWindow window) {
  switch (window) {
    case MetricWindow::hour: return "1h";
    case MetricWindow::day: return "24h";
    case MetricWindow::week: return "7d";
    case MetricWindow::life: break;
  }
  return "life";
}

std::optional<Duration> length_of(MetricWindow window) {
  switch (window) {
    case MetricWindow::hour: return std::chrono::hours(1);
    case MetricWindow::day: return std::chrono::hours(24);
    case MetricWindow::week: return std::chrono::hours(7 * 24);
    case MetricWindow::life: break;
  }
  return std::nullopt;
}

VersionScores::VersionScores(const std::vector<Target>& targets)
    : newest_(targets, scored_rows_kept), windows_(metric_windows.size(), ScoreSample(targets, window_rows_kept)) {}

void VersionScores::add(const feedback::JoinedBatch& batch, std::size_t version) {
  newest_.add(batch, version);
  for (auto& window : windows_) window.add(batch, version);
}

void VersionScores::turn(TimePoint settled, std::size_t window_rows) {
  newest_.needs(settled, window_rows);
  if (settled == TimePoint::min()) return;  // no row is known yet
  for (const MetricWindow window : metric_windows)
    if (const auto length = length_of(window))
      windows_[static_cast<std::size_t>(window)].forget(settled - *length -
                                                        (window == MetricWindow::week ? kept_longer : Duration{0}));
}

void VersionScores::drop(const feedback::TimeRange& range) {
  newest_.drop(range);
  for (auto& window : windows_) window.drop(range);
}

ScoreSlice VersionScores::window(MetricWindow window, TimePoint settled, std::optional<Duration> label_age) const {
  RowChoice choice;
  choice.until = settled;
  choice.label_age = label_age;
  if (const auto length = length_of(window)) choice.from = settled - *length + Duration{1};
  return windows_[static_cast<std::size_t>(window)].slice(choice);
}

}  // namespace perennial::lifecycle
