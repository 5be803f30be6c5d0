#pragma once
// The rows of a Scored that count: the ones with a label, checked once, so that the metrics need not.

#include <cmath>
#include <cstdint>
#include <vector>

#include "stats/metrics.hpp"

namespace perennial::stats {

/// Row k of [0, size()) is the k-th row that counts. Class indices are -1 where the target does not have the class.
class LabelledRows {
 public:
  /// Errors: invalid (see evaluate()). `use` empty = all rows.
  static Result<LabelledRows> collect(const Scored& scored, const std::vector<bool>& use);

  std::size_t size() const { return index_.size(); }
  std::size_t classes() const { return scored_.target->width(); }
  Task task() const { return scored_.target->task; }
  double truth(std::size_t k) const { return scored_.truth[index_[k]]; }
  double output(std::size_t k, std::size_t column = 0) const { return static_cast<double>(row(k)[column]); }
  int true_class(std::size_t k) const {
    const double value = truth(k);
    return value >= 0 && value < static_cast<double>(classes()) ? static_cast<int>(value) : -1;
  }
  /// The most probable class; the first where several are.
  int predicted_class(std::size_t k) const;

  /// An Influence of `value` with per-row influences `rows` (of size()), spread to the rows of the truth.
  Influence spread(double value, const std::vector<double>& rows) const;
  /// The mean of `values`.
  Influence mean(const std::vector<double>& values) const;
  /// As spread(), with the floor of a share of `trials` that is exactly 0 or 1.
  Influence spread_share(double value, const std::vector<double>& rows, std::size_t trials) const;

 private:
  const float* row(std::size_t k) const { return scored_.outputs.data() + index_[k] * scored_.stride + scored_.offset; }
  Scored scored_;
  std::vector<std::size_t> index_;
};

}  // namespace perennial::stats
