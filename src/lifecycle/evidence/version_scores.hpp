#pragma once
// A version's metrics over the newest rows, over the last hour, day and week, and over its life.

#include <array>
#include <string_view>

#include "lifecycle/evidence/score_sample.hpp"

namespace perennial::lifecycle {

inline constexpr std::size_t scored_rows_kept = 20000;  ///< joined rows per version, for the monitor's window
inline constexpr std::size_t window_rows_kept = 5000;   ///< per version and window of time; at most twice as many

enum class MetricWindow { hour, day, week, life };
inline constexpr std::array metric_windows = {MetricWindow::hour, MetricWindow::day, MetricWindow::week,
                                              MetricWindow::life};
std::string_view to_string(MetricWindow window);         ///< "1h", "24h", "7d", "life"
std::optional<Duration> length_of(MetricWindow window);  ///< nothing for life

class VersionScores {
 public:
  explicit VersionScores(const std::vector<Target>& targets);

  void add(const feedback::JoinedBatch& batch, std::size_t version);
  /// Time goes on: rows predicted after `settled` wait for more labels, so the windows end there. `window_rows`: the
  /// monitor's window.
  void turn(TimePoint settled, std::size_t window_rows);
  void drop(const feedback::TimeRange& range);

  const ScoreSample& newest() const { return newest_; }
  /// The rows of a window that ends at `settled`; labels that took longer than `label_age` do not count.
  ScoreSlice window(MetricWindow window, TimePoint settled, std::optional<Duration> label_age) const;
  /// Rows of the last week, whenever their label came.
  const ScoreSample& week() const { return windows_[static_cast<std::size_t>(MetricWindow::week)]; }

 private:
  ScoreSample newest_;
  std::vector<ScoreSample> windows_;
};

}  // namespace perennial::lifecycle
