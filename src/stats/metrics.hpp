#pragma once
// Metrics of predictions against the truth, each with the standard error of its value.
//
// Every metric here is a smooth function of means over rows, so one method serves all of them: a row's *influence* is
// what the row moves the value by (infinitesimal jackknife, Efron 1982), and the standard error is
// sqrt(n / (n - 1) * sum(influence^2)). That is the textbook formula where there is one: the binomial error of the
// accuracy, the delta method for the RMSE, DeLong et al. (1988) for the AUC.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/catalog.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"

namespace perennial::stats {

/// A measured value, its standard error (same unit) and the number of labelled rows behind it.
struct Estimate {
  double value = 0;
  double standard_error = 0;
  std::uint64_t n = 0;
};

/// Answers and truth of one target. Row i's outputs are outputs[i * stride + offset], `target->width()` of them.
/// truth[i] is the value or the class index; NaN = no label, the row is skipped. A class index that the target does
/// not have (-1) is a label that the model cannot get right. Nothing is owned.
struct Scored {
  std::span<const float> outputs;
  std::size_t stride = 1;
  std::size_t offset = 0;
  const Target* target = nullptr;
  std::span<const double> truth;
};

/// Whether rows stand in time order and may resemble their neighbours.
enum class Dependence {
  independent,  ///< the textbook standard errors
  serial,       ///< widened by the long-run variance (stats/serial.hpp); rows must be in time order
};

/// A metric's value and, per row of the truth, what the row moves the value by; 0 for rows that do not count.
struct Influence {
  double value = 0;
  std::uint64_t n = 0;  ///< rows that count
  std::vector<double> rows;
  std::vector<bool> counted;  ///< per row of the truth
  double least_error = 0;     ///< floor of the standard error where all rows agree (an accuracy of 0 or 1): that of
                              ///< Laplace's estimate (k + 1) / (n + 2)
};

class LabelledRows;

struct Metric {
  CatalogEntry entry;
  bool higher_is_better = true;
  std::vector<Task> tasks;
  Result<Influence> (*compute)(const LabelledRows& rows) = nullptr;
  bool is_sum = false;  ///< over rows: only values of equally many rows compare
};

/// accuracy, f1, precision, recall, false_positive_rate, auc, log_loss, rmse, mae, r2, phm08, phm08_mean.
/// f1, precision and recall: of class 1 where binary, the plain mean over classes (macro) where multi-class.
/// A multi-class class that nobody predicts (precision) or that does not occur (recall) counts 0, as in scikit-learn.
/// phm08 (Saxena et al. 2008): the *sum* over rows of exp(-d/13) - 1 where d < 0, else exp(d/10) - 1, with
/// d = predicted - true; it grows with the number of rows, so compare it on the same rows only, or use phm08_mean.
/// Where a function takes the name of a metric, it also takes the formula of a metric of the user's own
/// (stats/metrics/own_metric.hpp).
const Catalog<Metric>& metrics();

/// Error: config, with the known names.
Result<bool> higher_is_better(std::string_view metric);
/// Can it be measured of such a target? Errors: config (unknown; an expression with a mistake), invalid (another task).
Status check_metric(std::string_view metric, const Target& target);

/// Errors: config (unknown metric), invalid (no labelled row, the metric is not for this task, one class only where
/// the metric needs two, no predicted positive for precision, constant truth for r2, an output that is not finite,
/// outputs shorter than the truth). Never a made-up value.
Result<Estimate> evaluate(std::string_view metric, const Scored& scored,
                          Dependence dependence = Dependence::independent);

/// As evaluate(). `use` (empty = all) says which rows count beside those without a label, which never do.
Result<Influence> influence(std::string_view metric, const Scored& scored, const std::vector<bool>& use = {});

/// The value with its standard error.
Estimate to_estimate(const Influence& influence, Dependence dependence = Dependence::independent);

/// Per row the loss that stream detectors watch: 0 or 1 (argmax differs from the truth) for classification, squared
/// error for regression; NaN where there is no label. A model that answers with a number that is not finite errs:
/// loss 1 (classification) or +infinity (regression).
std::vector<double> row_losses(const Scored& scored);

}  // namespace perennial::stats
