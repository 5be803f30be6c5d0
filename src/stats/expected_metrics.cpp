#include "stats/expected_metrics.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "stats/serial.hpp"

namespace perennial::stats {
namespace {

constexpr double least_probability = 1e-15;  // as in the measured log-loss

/// The rows, checked once: what the model says and how probable each label is.
struct Rows {
  const Scored& answers;
  const Probabilities& p;
  std::size_t n;
  std::size_t classes;
  bool binary;
  std::vector<std::size_t> said;

  double score(std::size_t row, std::size_t c) const {
    return static_cast<double>(answers.outputs[row * answers.stride + answers.offset + c]);
  }
  double probability(std::size_t row, std::size_t c) const { return p.values[row * classes + c]; }
};

Result<Rows> rows_of(const Scored& answers, const Probabilities& p) {
  ASSIGN_OR_RETURN(const std::size_t n, answered_rows(answers));
  const std::size_t classes = answers.target->width();
  if (p.classes != classes || p.rows() != n)
    return fail(ErrorCode::invalid,
                fmt::format("probabilities of {} rows and {} classes for answers of {} and {}", p.rows(), p.classes, n,
                            classes),
                answers.target->name);
  Rows rows{answers, p, n, classes, answers.target->task == Task::binary, std::vector<std::size_t>(n)};
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t c = 1; c < classes; ++c)
      if (rows.score(i, c) > rows.score(i, rows.said[i])) rows.said[i] = c;
  return rows;
}

/// Mean and variance over each row's labels of `moved(row, label)`, what the row moves the value by if that is its
/// label.
template <class Moved>
ExpectedInfluence over_labels(double value, const Probabilities& p, Moved&& moved) {
  const std::size_t n = p.rows();
  ExpectedInfluence result{value, n, std::vector<double>(n), std::vector<double>(n), 0};
  for (std::size_t i = 0; i < n; ++i) {
    double mean = 0;
    double square = 0;
    for (std::size_t y = 0; y < p.classes; ++y) {
      const double weight = p.values[i * p.classes + y];
      if (!(weight > 0)) continue;
      const double by = moved(i, y);
      mean += weight * by;
      square += weight * by * by;
    }
    result.rows[i] = mean;
    result.noise[i] = std::max(square - mean * mean, 0.0);
  }
  return result;
}

ExpectedInfluence share(ExpectedInfluence result, double trials) {
  if (result.value <= 0 || result.value >= 1) {
    const double p = 1 / (trials + 2);
    result.least_error = std::sqrt(p * (1 - p) / std::max(trials, 1.0));
  }
  return result;
}

std::vector<double> expected_counts(const Rows& rows) {
  std::vector<double> counts(rows.classes);
  for (std::size_t i = 0; i < rows.n; ++i)
    for (std::size_t c = 0; c < rows.classes; ++c) counts[c] += rows.probability(i, c);
  return counts;
}

Status two_classes(std::span<const double> counts) {
  if (std::ranges::count_if(counts, [](double count) { return count > 0; }) < 2)
    return fail(ErrorCode::invalid, "all rows are expected to be of one class");
  return {};
}

ExpectedInfluence accuracy(const Rows& rows) {
  const double n = static_cast<double>(rows.n);
  double value = 0;
  for (std::size_t i = 0; i < rows.n; ++i) value += rows.probability(i, rows.said[i]);
  value /= n;
  return share(over_labels(value, rows.p,
                           [&](std::size_t i, std::size_t y) { return ((y == rows.said[i] ? 1 : 0) - value) / n; }),
               n);
}

ExpectedInfluence log_loss(const Rows& rows) {
  const double n = static_cast<double>(rows.n);
  const auto loss = [&](std::size_t i, std::size_t y) {
    return -std::log(std::clamp(rows.score(i, y), least_probability, 1.0));
  };
  double value = 0;
  for (std::size_t i = 0; i < rows.n; ++i)
    for (std::size_t y = 0; y < rows.classes; ++y) value += rows.probability(i, y) * loss(i, y);
  value /= n;
  return over_labels(value, rows.p, [&](std::size_t i, std::size_t y) { return (loss(i, y) - value) / n; });
}

/// As the Weights of stats/metrics/classification.cpp: what a row adds to numerator and denominator.
struct Weights {
  double hit;
  double denominator_true;
  double denominator_said;
};

Result<ExpectedInfluence> ratio(const Rows& rows, const Weights& weights) {
  std::vector<double> denominator = expected_counts(rows);
  PERENNIAL_TRY(two_classes(denominator));
  std::vector<bool> occurs(rows.classes);
  std::vector<double> numerator(rows.classes);
  for (std::size_t c = 0; c < rows.classes; ++c) {
    occurs[c] = denominator[c] > 0;
    denominator[c] *= weights.denominator_true;
  }
  for (std::size_t i = 0; i < rows.n; ++i) {
    const std::size_t s = rows.said[i];
    occurs[s] = true;
    denominator[s] += weights.denominator_said;
    numerator[s] += weights.hit * rows.probability(i, s);
  }
  if (rows.binary && !(denominator[1] > 0))
    return fail(ErrorCode::invalid, "not defined: no row is expected in the metric's denominator (positive class 1)");
  std::vector<double> of_class(rows.classes);
  double value = 0;
  double wanted = 0;
  for (std::size_t c = 0; c < rows.classes; ++c) {
    if (rows.binary ? c != 1 : !occurs[c]) continue;
    wanted += 1;
    of_class[c] = denominator[c] > 0 ? numerator[c] / denominator[c] : 0;
    value += of_class[c];
  }
  value /= wanted;
  const auto part = [&](std::size_t c, double a, double b) {
    if ((rows.binary && c != 1) || !(denominator[c] > 0)) return 0.0;
    return (a - of_class[c] * b) / denominator[c] / wanted;
  };
  return share(over_labels(value, rows.p,
                           [&](std::size_t i, std::size_t y) {
                             const std::size_t s = rows.said[i];
                             return part(s, y == s ? weights.hit : 0, weights.denominator_said) +
                                    part(y, 0, weights.denominator_true);
                           }),
               static_cast<double>(rows.n));
}

/// Placements of every row against the other class, for label 1 and label 0 (stats/metrics/auc.cpp with shares of rows
/// instead of rows), and the area.
struct Area {
  double value = 0;
  double positives = 0;
  double negatives = 0;
  std::vector<double> if_positive;
  std::vector<double> if_negative;
};

Area area_of(const Rows& rows, std::size_t c) {
  std::vector<std::uint32_t> order(rows.n);
  for (std::size_t i = 0; i < rows.n; ++i) order[i] = static_cast<std::uint32_t>(i);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const double x = rows.score(a, c);
    const double y = rows.score(b, c);
    return x != y ? x < y : a < b;
  });
  Area area;
  area.if_positive.resize(rows.n);
  area.if_negative.resize(rows.n);
  for (std::size_t i = 0; i < rows.n; ++i) area.positives += rows.probability(i, c);
  area.negatives = static_cast<double>(rows.n) - area.positives;
  double positives_below = 0;
  double negatives_below = 0;
  double sum = 0;
  for (std::size_t first = 0; first < rows.n;) {
    std::size_t last = first;
    double tied = 0;
    while (last < rows.n && rows.score(order[last], c) == rows.score(order[first], c))
      tied += rows.probability(order[last++], c);
    const double tied_negatives = static_cast<double>(last - first) - tied;
    for (std::size_t i = first; i < last; ++i) {
      area.if_positive[order[i]] = (negatives_below + tied_negatives / 2) / area.negatives;
      area.if_negative[order[i]] = (area.positives - positives_below - tied / 2) / area.positives;
    }
    sum += tied * (negatives_below + tied_negatives / 2);
    positives_below += tied;
    negatives_below += tied_negatives;
    first = last;
  }
  area.value = sum / area.positives / area.negatives;
  return area;
}

Result<ExpectedInfluence> auc(const Rows& rows) {
  const auto counts = expected_counts(rows);
  const std::size_t first = rows.binary ? 1 : 0;
  const double wanted = static_cast<double>(rows.classes - first);
  double value = 0;
  double fewest = static_cast<double>(rows.n);
  std::vector<double> otherwise(rows.n);            // what a row moves where it is of no class in question
  std::vector<double> more(rows.n * rows.classes);  // and what more where it is of class y
  for (std::size_t c = first; c < rows.classes; ++c) {
    const double negatives = static_cast<double>(rows.n) - counts[c];
    if (!(counts[c] > 0) || !(negatives > 0))
      return fail(ErrorCode::invalid,
                  fmt::format("no row or every row is expected to be of class {}", rows.answers.target->classes[c]));
    fewest = std::min({fewest, counts[c], negatives});
    const Area area = area_of(rows, c);
    value += area.value / wanted;
    for (std::size_t i = 0; i < rows.n; ++i) {
      const double if_negative = (area.if_negative[i] - area.value) / area.negatives / wanted;
      otherwise[i] += if_negative;
      more[i * rows.classes + c] = (area.if_positive[i] - area.value) / area.positives / wanted - if_negative;
    }
  }
  return share(over_labels(value, rows.p,
                           [&](std::size_t i, std::size_t y) { return otherwise[i] + more[i * rows.classes + y]; }),
               fewest);
}

}  // namespace

Result<ExpectedConfusion> expected_confusion(const Scored& answers, const Probabilities& probabilities) {
  ASSIGN_OR_RETURN(const Rows rows, rows_of(answers, probabilities));
  ExpectedConfusion confusion{rows.classes, std::vector<double>(rows.classes * rows.classes)};
  for (std::size_t i = 0; i < rows.n; ++i)
    for (std::size_t y = 0; y < rows.classes; ++y)
      confusion.counts[rows.said[i] * rows.classes + y] += rows.probability(i, y);
  return confusion;
}

Result<ExpectedInfluence> expected_influence(std::string_view metric, const Scored& answers,
                                             const Probabilities& probabilities) {
  ASSIGN_OR_RETURN(const Metric* known, metrics().find(metric));
  ASSIGN_OR_RETURN(const Rows rows, rows_of(answers, probabilities));
  const std::string where = fmt::format("{}.{}", answers.target->name, metric);
  if (rows.n == 0) return fail(ErrorCode::invalid, "no rows", where);
  const std::string& name = known->entry.name;
  Result<ExpectedInfluence> result = fail(ErrorCode::invalid, "this metric cannot be estimated without labels", where,
                                          "those that can: accuracy, precision, recall, f1, auc, log_loss");
  if (name == "accuracy") result = accuracy(rows);
  if (name == "precision") result = ratio(rows, {1, 0, 1});
  if (name == "recall") result = ratio(rows, {1, 1, 0});
  if (name == "f1") result = ratio(rows, {2, 1, 1});
  if (name == "auc") result = auc(rows);
  if (name == "log_loss") result = log_loss(rows);
  if (!result && result.error().where.empty()) result.error().where = where;
  return result;
}

Estimate to_estimate(const ExpectedInfluence& influence, Dependence dependence) {
  const double n = static_cast<double>(influence.n);
  double between = 0;
  double noise = 0;
  for (const double row : influence.rows) between += row * row;
  for (const double row : influence.noise) noise += row;
  if (dependence == Dependence::serial && between > 0) {
    const auto serial = serial_variance(influence.rows);
    if (serial.effective_n > 0) between *= n / serial.effective_n;
  }
  const double error = influence.n > 1 ? std::sqrt((between + noise) * n / (n - 1)) : 0;
  return {influence.value, std::max(error, influence.least_error), influence.n};
}

Result<ExpectedInfluence> expected_mean(std::span<const double> values, const Probabilities& probabilities) {
  if (values.size() != probabilities.values.size())
    return fail(ErrorCode::invalid,
                fmt::format("{} values for {} probabilities", values.size(), probabilities.values.size()));
  if (values.empty()) return fail(ErrorCode::invalid, "no rows");
  const double n = static_cast<double>(probabilities.rows());
  double mean = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      return fail(ErrorCode::invalid,
                  fmt::format("the value of row {} is not a finite number", i / probabilities.classes));
    mean += probabilities.values[i] * values[i];
  }
  mean /= n;
  return over_labels(mean, probabilities,
                     [&](std::size_t i, std::size_t y) { return (values[i * probabilities.classes + y] - mean) / n; });
}

Result<std::vector<double>> expected_row_losses(const Scored& answers, const Probabilities& probabilities) {
  ASSIGN_OR_RETURN(const Rows rows, rows_of(answers, probabilities));
  std::vector<double> losses(rows.n);
  for (std::size_t i = 0; i < rows.n; ++i) losses[i] = 1 - rows.probability(i, rows.said[i]);
  return losses;
}

}  // namespace perennial::stats
