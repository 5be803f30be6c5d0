#pragma once
// A metric of the user's own: a value per row, such as its profit, written as an expression. The metric is its mean
// over the labelled rows.
//
//   tp*120 - fp*8 - fn*60          profit per row of a binary target
//   max(error, 0)*3 + abs_error    a late forecast costs more
//
// The language is that of stats/metrics/expression_program.hpp.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stats/expected_metrics.hpp"
#include "stats/metrics.hpp"
#include "stats/metrics/expression_program.hpp"

namespace perennial::stats {

/// The names that an expression over a target may use. A label that the target does not have is y = -1.
///   binary      tp, fp, tn, fn (1 or 0; class 1 is positive), correct, y (0 or 1), p (probability of class 1)
///   multiclass  correct, y and said (class indices), p (probability of the predicted class), p_true (of the true
///               class; 0 where the target does not have it)
///   regression  y, p (predicted), error (p - y), abs_error, squared_error
std::vector<std::string> expression_names(Task task);

/// A further name: a value per row, in the rows' order (the amount of a transaction).
struct NamedValues {
  std::string name;
  std::span<const double> values;
};

/// Checked once, evaluated for many rows. Immutable.
class ExpressionMetric {
 public:
  /// `extra`: names beside those of the task. Errors: those of ExpressionProgram::parse().
  static Result<ExpressionMetric> parse(std::string_view text, Task task, std::span<const std::string> extra = {});

  const std::string& text() const { return text_; }

  /// The mean over the rows that have a label (and `use`, empty = all), with what each row moves it by; to_estimate()
  /// gives the standard error. `extra` must have the names given to parse(), in the same order, with a value per row.
  /// Errors: those of stats::influence(); invalid (the target's task is another, a row's value is not finite: division
  /// by 0, log of 0, an extra value that is missing), naming the row.
  Result<Influence> influence(const Scored& scored, std::span<const NamedValues> extra = {},
                              const std::vector<bool>& use = {}) const;

  /// The same of rows without labels, from their calibrated probabilities. Errors: as above; invalid for regression.
  Result<ExpectedInfluence> expected_influence(const Scored& answers, const Probabilities& probabilities,
                                               std::span<const NamedValues> extra = {}) const;

 private:
  Status check(const Scored& scored, std::span<const NamedValues> extra, std::size_t rows) const;
  /// The value of a row whose label is `truth`.
  Result<double> value(const Scored& scored, std::size_t row, double truth, std::span<const NamedValues> extra,
                       std::vector<double>& names, std::vector<double>& stack) const;

  std::string text_;
  Task task_ = Task::binary;
  std::size_t own_ = 0;  ///< names of the task; the extra ones follow
  std::vector<std::string> extra_;
  ExpressionProgram program_;
};

}  // namespace perennial::stats
