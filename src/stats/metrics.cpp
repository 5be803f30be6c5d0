#include "stats/metrics.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/metrics/expression.hpp"
#include "stats/metrics/formulas.hpp"
#include "stats/metrics/own_metric.hpp"
#include "stats/serial.hpp"

namespace perennial::stats {
namespace {

CatalogEntry entry(std::string name, std::string summary) { return {std::move(name), std::move(summary), {}}; }

Result<const Metric*> metric_for(std::string_view name, const Target& target) {
  ASSIGN_OR_RETURN(const Metric* metric, metrics().find(name));
  if (std::ranges::find(metric->tasks, target.task) == metric->tasks.end())
    return fail(ErrorCode::invalid, fmt::format("{} is not a metric of {} targets", name, to_string(target.task)),
                target.name);
  return metric;
}

Result<Influence> influence_of(std::string_view metric, const Scored& scored, const std::vector<bool>& use) {
  if (scored.target == nullptr) return fail(ErrorCode::internal, "scored rows without a target");
  if (const auto own = parse_formula(metric)) {
    ASSIGN_OR_RETURN(const ExpressionMetric expression, ExpressionMetric::parse(own->expression, scored.target->task));
    return expression.influence(scored, {}, use);
  }
  ASSIGN_OR_RETURN(const Metric* found, metric_for(metric, *scored.target));
  ASSIGN_OR_RETURN(const LabelledRows rows, LabelledRows::collect(scored, use));
  return found->compute(rows);
}

}  // namespace

const Catalog<Metric>& metrics() {
  static const std::vector<Task> classification{Task::binary, Task::multiclass};
  static const std::vector<Task> regression{Task::regression};
  static const Catalog<Metric> catalog(
      "metric",
      {
          {entry("accuracy", "share of rows whose most probable class is the true one"), true, classification,
           accuracy},
          {entry("f1", "harmonic mean of precision and recall; macro where multi-class"), true, classification, f1},
          {entry("precision", "true among predicted; class 1, macro where multi-class"), true, classification,
           precision},
          {entry("recall", "found among true; class 1, macro where multi-class"), true, classification, recall},
          {entry("false_positive_rate", "said to be of class 1 among those that are not"),
           false,
           {Task::binary},
           false_positive_rate},
          {entry("auc", "area under the ROC curve of class 1"), true, {Task::binary}, auc},
          {entry("log_loss", "mean of -ln(probability of the true class)"), false, classification, log_loss},
          {entry("rmse", "root of the mean squared error"), false, regression, rmse},
          {entry("mae", "mean absolute error"), false, regression, mae},
          {entry("r2", "share of the truth's variance that is explained"), true, regression, r2},
          {entry("phm08", "PHM08 challenge score, summed over rows; late predictions cost more"), false, regression,
           phm08, true},
          {entry("phm08_mean", "the same per row: for windows of different length"), false, regression, phm08_mean},
      });
  return catalog;
}

Result<bool> higher_is_better(std::string_view metric) {
  if (const auto own = parse_formula(metric)) return own->higher_is_better;
  ASSIGN_OR_RETURN(const Metric* found, metrics().find(metric));
  return found->higher_is_better;
}

Status check_metric(std::string_view metric, const Target& target) {
  if (const auto own = parse_formula(metric)) {
    if (const auto parsed = ExpressionMetric::parse(own->expression, target.task); !parsed)
      return std::unexpected(parsed.error());
    return {};
  }
  if (const auto found = metric_for(metric, target); !found) return std::unexpected(found.error());
  return {};
}

Result<Influence> influence(std::string_view metric, const Scored& scored, const std::vector<bool>& use) {
  auto result = influence_of(metric, scored, use);
  if (!result && result.error().where.empty() && scored.target != nullptr)
    result.error().where = fmt::format("{}.{}", scored.target->name, metric);
  if (result && !std::isfinite(result->value))
    return fail(ErrorCode::invalid, "the value is not finite", fmt::format("{}.{}", scored.target->name, metric));
  return result;
}

Estimate to_estimate(const Influence& influence, Dependence dependence) {
  const double n = static_cast<double>(influence.n);
  double sum = 0;
  for (const double row : influence.rows) sum += row * row;
  double error = influence.n > 1 ? std::sqrt(sum * n / (n - 1)) : 0;
  if (dependence == Dependence::serial && error > 0) {
    std::vector<double> counted;
    counted.reserve(influence.n);
    for (std::size_t i = 0; i < influence.rows.size(); ++i)
      if (influence.counted[i]) counted.push_back(influence.rows[i]);
    const auto serial = serial_variance(counted);
    if (serial.effective_n > 0) error *= std::sqrt(n / serial.effective_n);
  }
  return {influence.value, std::max(error, influence.least_error), influence.n};
}

Result<Estimate> evaluate(std::string_view metric, const Scored& scored, Dependence dependence) {
  ASSIGN_OR_RETURN(const Influence found, influence(metric, scored));
  return to_estimate(found, dependence);
}

std::vector<double> row_losses(const Scored& scored) {
  std::vector<double> losses(scored.truth.size(), std::numeric_limits<double>::quiet_NaN());
  if (scored.target == nullptr) return losses;
  const std::size_t width = scored.target->width();
  for (std::size_t i = 0; i < losses.size(); ++i) {
    const std::size_t first = i * scored.stride + scored.offset;
    if (std::isnan(scored.truth[i]) || first + width > scored.outputs.size()) continue;
    const auto outputs = scored.outputs.subspan(first, width);
    const bool finite = std::ranges::all_of(outputs, [](float value) { return std::isfinite(value); });
    if (scored.target->task == Task::regression) {
      const double error = static_cast<double>(outputs[0]) - scored.truth[i];
      losses[i] = finite ? error * error : std::numeric_limits<double>::infinity();
    } else {
      const auto best = std::ranges::max_element(outputs) - outputs.begin();
      losses[i] = finite && static_cast<double>(best) == scored.truth[i] ? 0 : 1;
    }
  }
  return losses;
}

}  // namespace perennial::stats
