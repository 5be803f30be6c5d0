#include "drift/estimators/dle.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/catalog.hpp"
#include "stats/moments.hpp"
#include "stats/serial.hpp"

namespace perennial::drift {
namespace {

/// The name of the column that holds the champion's answer; no data column can be called that.
constexpr std::string_view prediction_column = "\x01prediction";
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Result<std::vector<double>> predictions_of(const stats::Scored& scored, std::size_t rows) {
  if (scored.target == nullptr) return fail(ErrorCode::internal, "scored rows without a target");
  const std::string& target = scored.target->name;
  if (scored.target->task != Task::regression)
    return fail(ErrorCode::invalid, "losses are estimated of regression targets only", target,
                "a classifier's metrics come from its probabilities");
  if (rows > 0 &&
      (scored.offset >= scored.stride || scored.outputs.size() < (rows - 1) * scored.stride + scored.offset + 1))
    return fail(ErrorCode::invalid, fmt::format("{} outputs are too few for {} rows", scored.outputs.size(), rows),
                target);
  std::vector<double> predictions(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    predictions[i] = static_cast<double>(scored.outputs[i * scored.stride + scored.offset]);
    if (!std::isfinite(predictions[i]))
      return fail(ErrorCode::invalid, fmt::format("the output of row {} is not a finite number", i), target);
  }
  return predictions;
}

std::vector<ColumnView> with_prediction(std::span<const ColumnView> columns, std::span<const double> predictions) {
  std::vector<ColumnView> all(columns.begin(), columns.end());
  all.push_back({prediction_column, ColumnKind::numeric, predictions, {}, nullptr});
  return all;
}

stats::Estimate mean_of(std::span<const double> losses) {
  double sum = 0;
  double n = 0;
  for (const double loss : losses)
    if (!std::isnan(loss)) {
      sum += loss;
      n += 1;
    }
  const double mean = sum / n;
  double squares = 0;
  for (const double loss : losses)
    if (!std::isnan(loss)) squares += (loss - mean) * (loss - mean);
  return {mean, n > 1 ? std::sqrt(squares / (n - 1) / n) : 0, static_cast<std::uint64_t>(n)};
}

/// A model of all rows, then one without each of the parts, to which rows are dealt out in turn; and how losses lie
/// around what the model says that did not see them.
struct Fitted {
  std::vector<LossModel> models;
  double spread = 0;
};

Result<Fitted> fit_all(std::span<const ColumnView> columns, std::span<const double> losses,
                       const LossModelSettings& settings, std::size_t parts) {
  Fitted result;
  ASSIGN_OR_RETURN(LossModel whole, LossModel::fit(columns, losses, settings));
  result.models.push_back(std::move(whole));
  const stats::Estimate mean = mean_of(losses);
  // Less of a small reference is too few rows for a model; the spread around the mean is then what is known.
  if (mean.n < 2 * loss_model_min_rows || parts < 3) {
    const double n = static_cast<double>(mean.n);
    const double relative = mean.value > 0 ? mean.standard_error / mean.value : 0;
    result.spread = relative * relative * n;
    return result;
  }
  double residual = 0;
  double expected = 0;
  for (std::size_t part = 0; part < parts; ++part) {
    std::vector<double> others(losses.begin(), losses.end());
    std::size_t known = 0;
    for (double& loss : others)
      if (!std::isnan(loss) && known++ % parts == part) loss = unknown;
    ASSIGN_OR_RETURN(LossModel model, LossModel::fit(columns, others, settings));
    ASSIGN_OR_RETURN(const std::vector<double> answers, model.predict(columns));
    for (std::size_t i = 0; i < losses.size(); ++i) {
      if (std::isnan(losses[i]) || !std::isnan(others[i])) continue;
      residual += (losses[i] - answers[i]) * (losses[i] - answers[i]);
      expected += answers[i] * answers[i];
    }
    result.models.push_back(std::move(model));
  }
  result.spread = expected > 0 ? residual / expected : 0;
  return result;
}

/// Delete-a-group jackknife of the mean: (k - 1) / k times the sum of squares around the mean of the k.
Result<double> error_of(std::span<const LossModel> models, std::span<const ColumnView> columns) {
  if (models.size() < 3) return 0;
  stats::Moments without;
  for (const LossModel& model : models.subspan(1)) {
    ASSIGN_OR_RETURN(const std::vector<double> losses, model.predict(columns));
    without.add(mean_of(losses).value);
  }
  const double k = static_cast<double>(without.n());
  return std::sqrt(without.variance() * (k - 1) * (k - 1) / k);
}

/// The root of an estimated mean square, by the delta method.
stats::Estimate root_of(const stats::Estimate& mse) {
  const double root = std::sqrt(mse.value);
  return {root, root > 0 ? mse.standard_error / (2 * root) : 0, mse.n};
}

}  // namespace

Result<PerformanceEstimate> estimate_loss(std::string_view target, std::string_view metric,
                                          const ExpectedLosses& losses, const LossReference& reference,
                                          const EstimateSettings& settings) {
  static const std::vector<std::string> known{"mae", "mse", "rmse"};
  if (std::ranges::find(known, metric) == known.end())
    return unknown_name("metric without labels", metric, known, std::string(target));
  const bool absolute = metric == "mae";
  const std::vector<double>& rows = absolute ? losses.absolute : losses.squared;
  const std::string name = fmt::format("{}.{}", target, metric);
  if (rows.empty()) return fail(ErrorCode::invalid, "no rows", name);
  double mean = 0;
  double squares = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!std::isfinite(rows[i]) || rows[i] < 0)
      return fail(ErrorCode::invalid, fmt::format("the expected loss of row {} is not a number of 0 or more", i), name);
    mean += rows[i];
    squares += rows[i] * rows[i];
  }
  const double n = static_cast<double>(rows.size());
  mean /= n;
  const auto serial = stats::serial_variance(rows);
  const double between = settings.dependence == stats::Dependence::serial ? serial.long_run : serial.variance;
  const double spread = absolute ? reference.spread_absolute : reference.spread_squared;
  PerformanceEstimate result;
  result.metric = name;
  result.method = "dle";
  result.estimate = {mean, std::sqrt((between + spread * squares / n) / std::max(n - 1, 1.0)), rows.size()};
  result.model_error = absolute ? losses.absolute_error : losses.squared_error;
  result.model_freedom = losses.freedom;
  result.reference = absolute ? reference.mae : reference.mse;
  if (metric == "rmse") {
    result.estimate = root_of(result.estimate);
    result.model_error = result.estimate.value > 0 ? result.model_error / (2 * result.estimate.value) : 0;
    result.reference = reference.rmse;
  }
  return with_interval(std::move(result), settings, 0, std::numeric_limits<double>::infinity());
}

Result<LossEstimator> LossEstimator::fit(std::span<const ColumnView> columns, const stats::Scored& reference,
                                         const LossModelSettings& settings, Losses wanted, std::size_t parts) {
  ASSIGN_OR_RETURN(const std::vector<double> predictions, predictions_of(reference, reference.truth.size()));
  std::vector<double> absolute(predictions.size());
  std::vector<double> squared(predictions.size());
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const double error = predictions[i] - reference.truth[i];
    absolute[i] = std::abs(error);
    squared[i] = error * error;
  }
  const auto all = with_prediction(columns, predictions);
  LossEstimator result;
  result.target_ = reference.target->name;
  LossReference& known = result.reference_;
  known.mae = mean_of(absolute);
  known.mse = mean_of(squared);
  known.rmse = root_of(known.mse);
  if (wanted != Losses::squared) {
    ASSIGN_OR_RETURN(Fitted fitted, fit_all(all, absolute, settings, parts));
    known.spread_absolute = fitted.spread;
    result.absolute_ = std::move(fitted.models);
  }
  if (wanted != Losses::absolute) {
    ASSIGN_OR_RETURN(Fitted fitted, fit_all(all, squared, settings, parts));
    known.spread_squared = fitted.spread;
    result.squared_ = std::move(fitted.models);
  }
  return result;
}

Result<ExpectedLosses> LossEstimator::expect(std::span<const ColumnView> columns, const stats::Scored& current) const {
  const std::size_t rows =
      columns.empty() ? current.outputs.size() / std::max<std::size_t>(current.stride, 1) : columns.front().size();
  ASSIGN_OR_RETURN(const std::vector<double> predictions, predictions_of(current, rows));
  const auto all = with_prediction(columns, predictions);
  ExpectedLosses losses;
  const std::size_t models = std::max(absolute_.size(), squared_.size());
  losses.freedom = models > 2 ? static_cast<double>(models - 2) : 0;
  if (!absolute_.empty()) {
    ASSIGN_OR_RETURN(losses.absolute, absolute_.front().predict(all));
    ASSIGN_OR_RETURN(losses.absolute_error, error_of(absolute_, all));
  }
  if (!squared_.empty()) {
    ASSIGN_OR_RETURN(losses.squared, squared_.front().predict(all));
    ASSIGN_OR_RETURN(losses.squared_error, error_of(squared_, all));
  }
  return losses;
}

Result<PerformanceEstimate> LossEstimator::estimate(std::string_view metric, std::span<const ColumnView> columns,
                                                    const stats::Scored& current,
                                                    const EstimateSettings& settings) const {
  ASSIGN_OR_RETURN(const ExpectedLosses losses, expect(columns, current));
  return estimate_loss(target_, metric, losses, reference_, settings);
}

}  // namespace perennial::drift
