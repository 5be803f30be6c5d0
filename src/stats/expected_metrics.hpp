#pragma once
// Metrics of rows that have no labels yet, from calibrated probabilities: confidence-based performance estimation
// (Kivimäki, Białek, Nurminen & Kuberski 2024, "Confidence-based Estimators for Predictive Performance in Model
// Monitoring"). A row that is said to be of class 1 with a probability of 0.8 counts as 0.8 true and 0.2 false
// positives.
//
// It sees what a change of the inputs does to the score (the model is less sure), never a change of the relation
// between inputs and truth: that needs labels. So it is an early warning, no measurement.

#include <cstdint>
#include <string_view>
#include <vector>

#include "stats/calibration.hpp"
#include "stats/metrics.hpp"

namespace perennial::stats {

/// What stats/metrics.hpp's Influence is, where the label of a row is known only by its probabilities.
struct ExpectedInfluence {
  double value = 0;
  std::uint64_t n = 0;
  std::vector<double> rows;   ///< the mean over the row's labels of what it moves the value by
  std::vector<double> noise;  ///< the variance over the row's labels of the same
  double least_error = 0;     ///< as Influence::least_error
};

/// Expected cells: counts[said * classes + truth]. They sum to the number of rows.
struct ExpectedConfusion {
  std::size_t classes = 0;
  std::vector<double> counts;
  double at(std::size_t said, std::size_t truth) const { return counts[said * classes + truth]; }
};

/// `answers` are the model's own outputs (truth is not looked at): they say which class is predicted and how rows are
/// ordered. `probabilities` are the calibrated ones of the same rows. Error: invalid (rows differ; answered_rows()).
Result<ExpectedConfusion> expected_confusion(const Scored& answers, const Probabilities& probabilities);

/// accuracy, precision, recall, f1, auc, log_loss, with the definitions of stats/metrics.hpp on expected cells. Of a
/// multi-class target the auc is the plain mean over classes of each against the others. The ratio of expected sums is
/// taken for the expected ratio (off by O(1/n)). log_loss is the mean of -sum_y P(y) ln(score of y).
/// The standard error is that of the metric as it would be measured if these rows' labels came in: rows vary, and so do
/// the labels of each row. The error of the calibration is not in it.
/// Errors: config (unknown metric), invalid (no rows; rows differ; a metric of regression; one class only where the
/// metric needs two; nothing in the metric's denominator; answered_rows()).
Result<ExpectedInfluence> expected_influence(std::string_view metric, const Scored& answers,
                                             const Probabilities& probabilities);

/// As stats::to_estimate(). Serial dependence widens what varies between rows, not the noise of their labels.
Estimate to_estimate(const ExpectedInfluence& influence, Dependence dependence = Dependence::independent);

/// A mean over rows of a value that depends on the row's label: values[row * classes + label]. For metrics of the
/// user's own (stats/metrics/expression.hpp). Errors: invalid (no rows, sizes differ, a value that is not finite).
Result<ExpectedInfluence> expected_mean(std::span<const double> values, const Probabilities& probabilities);

/// Per row the probability that the predicted class is wrong. Errors: those of expected_confusion().
Result<std::vector<double>> expected_row_losses(const Scored& answers, const Probabilities& probabilities);

}  // namespace perennial::stats
