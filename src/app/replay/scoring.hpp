#pragma once
// Prequential scores of a replay: what was answered when it was asked, and two baselines on the same rows.

#include <deque>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/signature.hpp"
#include "core/time.hpp"
#include "stats/metrics.hpp"

namespace perennial::app {

/// Keeps the primary target's answers of all scored rows (4 bytes per class, row and series).
class Scoring {
 public:
  /// `delay` is that of the labels, in rows or, where `rows` is 0, in time: "no change" repeats the newest label that
  /// has come by then, as the loop learns from none that has not.
  Scoring(Target target, std::size_t offset, std::string metric, Span delay = {Duration{0}, 1});

  /// One batch: served answers, version 1.0.0's answers (row-major, full width) and the truth of the target. `times` of
  /// the rows are only needed where the delay is a time.
  void add(const Outputs& served, const Outputs& never, std::span<const double> truth,
           std::span<const TimePoint> times = {});

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
  struct Coming {
    std::uint64_t row = 0;
    TimePoint at{};
    double truth = 0;
  };
  Span delay_;
  std::deque<Coming> coming_;  ///< labels that have not come yet, oldest first
  double last_label_;
  std::vector<float> served_, never_, no_change_;
  Truth truth_;
};

}  // namespace perennial::app
