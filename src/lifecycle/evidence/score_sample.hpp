#pragma once
// What one version answered for labelled rows, and what came true: the evidence for its metrics.

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "core/signature.hpp"
#include "feedback/example_store.hpp"
#include "feedback/joiner.hpp"
#include "lifecycle/metric_names.hpp"
#include "stats/metrics.hpp"

namespace perennial::lifecycle {

/// Rows by when they were predicted and when their label came.
struct RowChoice {
  TimePoint from = TimePoint::min();                             ///< predicted at or after
  TimePoint until = TimePoint::max();                            ///< predicted at or before
  std::size_t newest = std::numeric_limits<std::size_t>::max();  ///< the newest predicted of these; before thinning
  std::optional<Duration> label_age;  ///< a label that took longer does not count: metrics at equal label age
};

/// Chosen rows in the order in which they were predicted. Owns them.
class ScoreSlice {
 public:
  std::size_t rows() const { return times_.size(); }
  /// One row of so many was kept: 1 where the sample holds all.
  std::uint64_t one_in() const { return one_in_; }
  const std::vector<TimePoint>& times() const { return times_; }

  /// With the standard error for rows that resemble their neighbours. A sum over rows is scaled up to all of them.
  /// Errors: those of stats::evaluate().
  Result<stats::Estimate> evaluate(const MetricName& name) const;
  stats::Scored scored(std::size_t target) const;
  /// Per row the target's label, NaN where it had not come at that time.
  Truth known_at(std::size_t target, TimePoint at) const;

 private:
  friend class ScoreSample;
  std::vector<Target> targets_;
  std::size_t width_ = 0;
  std::uint64_t one_in_ = 1;
  std::vector<float> outputs_;
  std::vector<Truth> truth_;
  std::vector<TimePoint> times_;
  std::vector<TimePoint> labelled_;
};

/// Holds at most 2 * rows_kept rows. Where there would be more, rows that are no longer needed are dropped first (see
/// needs()), then one row of two is left out, by its id, as often as needed.
class ScoreSample {
 public:
  ScoreSample(std::vector<Target> targets, std::size_t rows_kept);

  /// Adds the rows of the batch for which versions[version] has an answer. Answers of another width are left out.
  void add(const feedback::JoinedBatch& batch, std::size_t version);
  /// Of the rows predicted until `until` only the newest `rows` are needed from now on.
  void needs(TimePoint until, std::size_t rows);
  /// Forgets what was predicted before.
  void forget(TimePoint before);
  /// Forgets rows that were predicted in this range.
  void drop(const feedback::TimeRange& range);

  ScoreSlice slice(const RowChoice& choice) const;
  std::size_t rows() const { return times_.size(); }

 private:
  template <class Keep>
  void keep_if(Keep keep);
  void shrink();

  std::vector<Target> targets_;
  std::size_t rows_kept_;
  std::size_t width_ = 0;
  std::uint8_t level_ = 0;
  TimePoint settled_ = TimePoint::min();
  std::size_t settled_rows_ = 0;
  std::vector<float> outputs_;
  std::vector<Truth> truth_;
  std::vector<TimePoint> times_;
  std::vector<TimePoint> labelled_;
  std::vector<std::uint8_t> ranks_;
  std::vector<std::uint8_t> levels_;  // the sample's level when the row came
};

}  // namespace perennial::lifecycle
