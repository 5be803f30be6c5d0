#pragma once
// What one version answered for the newest labelled rows: the evidence for its current metric and its decay.

#include <string_view>
#include <vector>

#include "core/signature.hpp"
#include "feedback/example_store.hpp"
#include "feedback/joiner.hpp"
#include "stats/metrics.hpp"

namespace perennial::lifecycle {

/// Bounded by `rows_kept`; rows in the order in which their labels were joined.
class ScoreWindow {
 public:
  ScoreWindow(std::vector<Target> targets, std::size_t rows_kept);

  /// Adds the rows of the batch for which versions[version] has an answer.
  void add(const feedback::JoinedBatch& batch, std::size_t version);
  /// "target.metric" over the newest `rows` rows. Errors: those of stats::evaluate, config for an unknown target.
  Result<stats::Estimate> estimate(std::string_view metric, std::size_t rows) const;
  /// Rows that were predicted at or after `from` and have a label of the target.
  std::size_t labelled_from(TimePoint from, std::size_t target) const;
  /// Per target, of the newest `rows` rows.
  std::vector<Truth> newest_truth(std::size_t rows) const;
  std::size_t rows() const { return count_ - first_; }
  /// Forgets rows that were predicted in this range.
  void drop(const feedback::TimeRange& range);
  void clear();

 private:
  void trim();

  std::vector<Target> targets_;
  std::size_t rows_kept_;
  std::size_t width_ = 0;
  std::size_t first_ = 0;  // rows before it are dropped at the next trim
  std::size_t count_ = 0;
  std::vector<float> outputs_;
  std::vector<Truth> truth_;
  std::vector<TimePoint> times_;
};

/// Splits "health.accuracy" into the target's position and "accuracy". A lone metric name means the only target.
/// Error: config, with the known targets.
struct MetricName {
  std::size_t target = 0;
  std::string metric;
};
Result<MetricName> split_metric(std::string_view name, const std::vector<Target>& targets);

}  // namespace perennial::lifecycle
