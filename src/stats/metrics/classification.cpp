#include <algorithm>

#include "stats/metrics/formulas.hpp"

namespace perennial::stats {
namespace {

/// A probability of 0 for what happened costs -ln(1e-15), not infinity.
constexpr double least_probability = 1e-15;

/// What one row adds to a class's numerator and denominator of precision, recall or F1, given whether the row is of the
/// class and whether it is said to be.
struct Weights {
  double hit;               ///< numerator where both
  double denominator_true;  ///< where the row is of the class
  double denominator_said;  ///< where it is said to be
};

Status two_classes(const LabelledRows& rows) {
  int first = rows.true_class(0);
  for (std::size_t k = 1; k < rows.size(); ++k)
    if (rows.true_class(k) != first) return {};
  return fail(ErrorCode::invalid, "all labelled rows are of one class");
}

/// A ratio of sums A / B per class: a row moves it by (a - A / B * b) / B. Macro-averaged over the classes wanted.
Result<Influence> ratio(const LabelledRows& rows, const Weights& weights) {
  PERENNIAL_TRY(two_classes(rows));
  const std::size_t n = rows.size();
  const std::size_t classes = rows.classes();
  const bool binary = rows.task() == Task::binary;
  std::vector<int> said(n);
  std::vector<int> truth(n);
  std::vector<double> numerator(classes);
  std::vector<double> denominator(classes);
  std::vector<bool> occurs(classes);
  for (std::size_t k = 0; k < n; ++k) {
    said[k] = rows.predicted_class(k);
    truth[k] = rows.true_class(k);
    const auto s = static_cast<std::size_t>(said[k]);
    occurs[s] = true;
    denominator[s] += weights.denominator_said;
    if (truth[k] < 0) continue;
    const auto t = static_cast<std::size_t>(truth[k]);
    occurs[t] = true;
    denominator[t] += weights.denominator_true;
    if (s == t) numerator[s] += weights.hit;
  }
  std::vector<double> share(classes);
  double value = 0;
  double wanted = 0;
  for (std::size_t c = 0; c < classes; ++c) {
    if (binary ? c != 1 : !occurs[c]) continue;
    wanted += 1;
    share[c] = denominator[c] > 0 ? numerator[c] / denominator[c] : 0;
    value += share[c];
  }
  if (binary && !(denominator[1] > 0))
    return fail(ErrorCode::invalid, "not defined: no row is in the metric's denominator (positive class 1)");
  value /= wanted;

  std::vector<double> influence(n);
  const auto moved = [&](std::size_t k, std::size_t c, double a, double b) {
    if ((binary && c != 1) || !(denominator[c] > 0)) return;
    influence[k] += (a - share[c] * b) / denominator[c] / wanted;
  };
  for (std::size_t k = 0; k < n; ++k) {
    const auto s = static_cast<std::size_t>(said[k]);
    moved(k, s, said[k] == truth[k] ? weights.hit : 0, weights.denominator_said);
    if (truth[k] >= 0) moved(k, static_cast<std::size_t>(truth[k]), 0, weights.denominator_true);
  }
  return rows.spread_share(value, influence, n);
}

}  // namespace

Result<Influence> accuracy(const LabelledRows& rows) {
  const double n = static_cast<double>(rows.size());
  std::vector<double> hits(rows.size());
  double value = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    hits[k] = rows.predicted_class(k) == rows.true_class(k) ? 1 : 0;
    value += hits[k];
  }
  value /= n;
  for (double& hit : hits) hit = (hit - value) / n;
  return rows.spread_share(value, hits, rows.size());
}

Result<Influence> f1(const LabelledRows& rows) { return ratio(rows, {2, 1, 1}); }
Result<Influence> precision(const LabelledRows& rows) { return ratio(rows, {1, 0, 1}); }
Result<Influence> recall(const LabelledRows& rows) { return ratio(rows, {1, 1, 0}); }

Result<Influence> false_positive_rate(const LabelledRows& rows) {
  std::size_t negatives = 0;
  std::size_t alarms = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    if (rows.true_class(k) == 1) continue;
    ++negatives;
    alarms += rows.predicted_class(k) == 1 ? 1 : 0;
  }
  if (negatives == 0) return fail(ErrorCode::invalid, "not defined: every labelled row is of class 1");
  const double n = static_cast<double>(negatives);
  const double value = static_cast<double>(alarms) / n;
  std::vector<double> moved(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k)
    if (rows.true_class(k) != 1) moved[k] = ((rows.predicted_class(k) == 1 ? 1 : 0) - value) / n;
  return rows.spread_share(value, moved, negatives);
}

Result<Influence> log_loss(const LabelledRows& rows) {
  std::vector<double> losses(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const int truth = rows.true_class(k);
    const double probability = truth < 0 ? 0 : rows.output(k, static_cast<std::size_t>(truth));
    losses[k] = -std::log(std::clamp(probability, least_probability, 1.0));
  }
  return rows.mean(losses);
}

}  // namespace perennial::stats
