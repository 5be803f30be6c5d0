#include "stats/metrics/expression.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "stats/metrics/labelled_rows.hpp"

namespace perennial::stats {
namespace {

double flag(bool yes) { return yes ? 1 : 0; }

/// The values of the task's names, in the order of expression_names().
void fill(Task task, std::span<const float> outputs, double truth, std::span<double> names) {
  if (task == Task::regression) {
    const double predicted = static_cast<double>(outputs[0]);
    const double error = predicted - truth;
    const std::array<double, 5> values{truth, predicted, error, std::abs(error), error * error};
    std::ranges::copy(values, names.begin());
    return;
  }
  const auto said = static_cast<std::size_t>(std::ranges::max_element(outputs) - outputs.begin());
  const bool known = truth >= 0 && truth < static_cast<double>(outputs.size());
  const double y = known ? std::floor(truth) : -1;
  const double predicted = static_cast<double>(said);
  if (task == Task::binary) {
    const std::array<double, 7> values{flag(said == 1 && y == 1),      flag(said == 1 && y != 1),
                                       flag(said == 0 && y == 0),      flag(said == 0 && y == 1),
                                       flag(predicted == y),           y,
                                       static_cast<double>(outputs[1])};
    std::ranges::copy(values, names.begin());
    return;
  }
  const std::array<double, 5> values{flag(predicted == y), y, predicted, static_cast<double>(outputs[said]),
                                     known ? static_cast<double>(outputs[static_cast<std::size_t>(y)]) : 0};
  std::ranges::copy(values, names.begin());
}

}  // namespace

std::vector<std::string> expression_names(Task task) {
  if (task == Task::binary) return {"tp", "fp", "tn", "fn", "correct", "y", "p"};
  if (task == Task::multiclass) return {"correct", "y", "said", "p", "p_true"};
  return {"y", "p", "error", "abs_error", "squared_error"};
}

Result<ExpressionMetric> ExpressionMetric::parse(std::string_view text, Task task, std::span<const std::string> extra) {
  std::vector<std::string> names = expression_names(task);
  ExpressionMetric metric;
  metric.text_ = text;
  metric.task_ = task;
  metric.own_ = names.size();
  metric.extra_.assign(extra.begin(), extra.end());
  names.insert(names.end(), extra.begin(), extra.end());
  ASSIGN_OR_RETURN(metric.program_, ExpressionProgram::parse(text, names));
  return metric;
}

Status ExpressionMetric::check(const Scored& scored, std::span<const NamedValues> extra, std::size_t rows) const {
  if (scored.target == nullptr) return fail(ErrorCode::internal, "scored rows without a target");
  if (scored.target->task != task_)
    return fail(ErrorCode::invalid,
                fmt::format("the expression was written for a {} target, not a {} one", perennial::to_string(task_),
                            perennial::to_string(scored.target->task)),
                scored.target->name);
  bool same = extra.size() == extra_.size();
  for (std::size_t k = 0; same && k < extra.size(); ++k)
    same = extra[k].name == extra_[k] && extra[k].values.size() == rows;
  if (!same)
    return fail(ErrorCode::internal,
                fmt::format("the expression needs {} named columns of {} rows, in order", extra_.size(), rows), text_);
  return {};
}

Result<double> ExpressionMetric::value(const Scored& scored, std::size_t row, double truth,
                                       std::span<const NamedValues> extra, std::vector<double>& names,
                                       std::vector<double>& stack) const {
  fill(task_, scored.outputs.subspan(row * scored.stride + scored.offset, scored.target->width()), truth, names);
  for (std::size_t k = 0; k < extra.size(); ++k) names[own_ + k] = extra[k].values[row];
  const double value = program_.run(names, stack);
  if (!std::isfinite(value))
    return fail(ErrorCode::invalid, fmt::format("the value of row {} is not a finite number", row), text_);
  return value;
}

Result<Influence> ExpressionMetric::influence(const Scored& scored, std::span<const NamedValues> extra,
                                              const std::vector<bool>& use) const {
  PERENNIAL_TRY(check(scored, extra, scored.truth.size()));
  ASSIGN_OR_RETURN(const LabelledRows rows, LabelledRows::collect(scored, use));
  std::vector<double> names(own_ + extra_.size());
  std::vector<double> stack;
  std::vector<double> values;
  values.reserve(rows.size());
  for (std::size_t i = 0; i < scored.truth.size(); ++i) {
    if (std::isnan(scored.truth[i]) || (!use.empty() && !use[i])) continue;
    ASSIGN_OR_RETURN(const double found, value(scored, i, scored.truth[i], extra, names, stack));
    values.push_back(found);
  }
  return rows.mean(values);
}

Result<ExpectedInfluence> ExpressionMetric::expected_influence(const Scored& answers,
                                                               const Probabilities& probabilities,
                                                               std::span<const NamedValues> extra) const {
  ASSIGN_OR_RETURN(const std::size_t rows, answered_rows(answers));
  PERENNIAL_TRY(check(answers, extra, rows));
  const std::size_t classes = answers.target->width();
  if (probabilities.classes != classes || probabilities.rows() != rows)
    return fail(ErrorCode::invalid, "the probabilities are not of these rows", answers.target->name);
  std::vector<double> names(own_ + extra_.size());
  std::vector<double> stack;
  std::vector<double> values(rows * classes);
  for (std::size_t i = 0; i < rows; ++i)
    for (std::size_t y = 0; y < classes; ++y) {
      ASSIGN_OR_RETURN(values[i * classes + y], value(answers, i, static_cast<double>(y), extra, names, stack));
    }
  return expected_mean(values, probabilities);
}

}  // namespace perennial::stats
