#include "stats/metrics/formulas.hpp"

#include <algorithm>

namespace perennial::stats {
namespace {

std::vector<double> squared_errors(const LabelledRows& rows) {
  std::vector<double> squares(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const double error = rows.output(k) - rows.truth(k);
    squares[k] = error * error;
  }
  return squares;
}

}  // namespace

Result<Influence> rmse(const LabelledRows& rows) {
  Influence result = rows.mean(squared_errors(rows));
  result.value = std::sqrt(result.value);
  if (result.value > 0)
    for (double& row : result.rows) row /= 2 * result.value;
  return result;
}

Result<Influence> mae(const LabelledRows& rows) {
  std::vector<double> errors(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) errors[k] = std::abs(rows.output(k) - rows.truth(k));
  return rows.mean(errors);
}

Result<Influence> r2(const LabelledRows& rows) {
  // By comparison: rounding of the mean leaves a constant with a sum of squares above 0.
  bool constant = true;
  double mean = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    constant = constant && rows.truth(k) == rows.truth(0);
    mean += rows.truth(k);
  }
  if (constant) return fail(ErrorCode::invalid, "not defined: the truth is constant");
  mean /= static_cast<double>(rows.size());
  std::vector<double> residual = squared_errors(rows);
  std::vector<double> total(rows.size());
  double sum_residual = 0;
  double sum_total = 0;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    total[k] = (rows.truth(k) - mean) * (rows.truth(k) - mean);
    sum_residual += residual[k];
    sum_total += total[k];
  }
  if (!(sum_total > 0)) return fail(ErrorCode::invalid, "not defined: the truth's variance is too small to measure");
  const double unexplained = sum_residual / sum_total;
  for (std::size_t k = 0; k < rows.size(); ++k) residual[k] = -(residual[k] - unexplained * total[k]) / sum_total;
  return rows.spread(1 - unexplained, residual);
}

Result<Influence> phm08_mean(const LabelledRows& rows) {
  constexpr double largest_exponent = 300;  // keeps sums and squares finite
  std::vector<double> scores(rows.size());
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const double late = rows.output(k) - rows.truth(k);
    scores[k] = std::expm1(std::min(late < 0 ? -late / 13 : late / 10, largest_exponent));
  }
  return rows.mean(scores);
}

Result<Influence> phm08(const LabelledRows& rows) {
  ASSIGN_OR_RETURN(Influence result, phm08_mean(rows));
  const double n = static_cast<double>(rows.size());
  result.value *= n;
  for (double& row : result.rows) row *= n;
  return result;
}

}  // namespace perennial::stats
