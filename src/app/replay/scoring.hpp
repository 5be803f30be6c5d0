#pragma once
// Prequential scores of a replay: what was answered when it was asked, and two baselines on the same rows.

#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/signature.hpp"
#include "stats/metrics.hpp"

namespace perennial::app {

/// Keeps the primary target's answers of all scored rows (4 bytes per class, row and series).
class Scoring {
 public:
  Scoring(Target target, std::size_t offset, std::string metric);

  /// One batch: served answers, version 1.0.0's answers (row-major, full width) and the truth of the target.
  void add(const Outputs& served, const Outputs& never, std::span<const double> truth);
  /// The newest label that has arrived before the batch's rows: the next rows' "no change" answer.
  void label_seen(double truth) { last_label_ = truth; }

  std::size_t rows() const { return truth_.size(); }
  /// NaN (JSON null) where the metric is not defined on these rows.
  double served() const { return value(served_, 0, rows()); }
  double never() const { return value(never_, 0, rows()); }
  double no_change() const { return value(no_change_, 0, rows()); }
  double served(std::size_t from, std::size_t to) const { return value(served_, from, to); }
  double never(std::size_t from, std::size_t to) const { return value(never_, from, to); }

 private:
  double value(const std::vector<float>& outputs, std::size_t from, std::size_t to) const;

  Target target_;
  std::size_t offset_;
  std::string metric_;
  double last_label_;
  std::vector<float> served_, never_, no_change_;
  Truth truth_;
};

}  // namespace perennial::app
