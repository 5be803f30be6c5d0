#pragma once
// Direct loss estimation of regression models: the mean of the losses that a loss model expects of rows without labels.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "drift/estimators/loss_model.hpp"
#include "drift/estimators/performance_estimate.hpp"

namespace perennial::drift {

/// Per row, >= 0: what a nuisance model says. Ours is LossModel; any other will do.
struct ExpectedLosses {
  std::vector<double> absolute;
  std::vector<double> squared;
  double absolute_error = 0;  ///< standard error of the means, from the choice of the reference rows; 0: not known
  double squared_error = 0;
  double freedom = 0;  ///< degrees of freedom of both
};

inline constexpr std::size_t loss_model_parts = 5;  ///< of the reference, left out in turn

/// Which losses a loss model is made for: mae needs the absolute ones, mse and rmse the squared ones.
enum class Losses { both, absolute, squared };

/// What is known of the losses of labelled reference rows.
struct LossReference {
  stats::Estimate mae;
  stats::Estimate mse;
  stats::Estimate rmse;
  /// Variance of a row's loss around its expectation, as a multiple of the squared expectation (losses of noise of any
  /// scale: 0.57 for |error| and 2 for its square where noise is normal). Of rows that the nuisance model did not see.
  double spread_absolute = 0;
  double spread_squared = 0;
};

/// `metric`: mae, mse, rmse. The mean of the expected losses, for rmse its root. Variance of the estimate: that of the
/// expectations over rows (widened where settings.dependence says so) plus the spread of the losses around them.
/// Errors: config (another metric, naming the three), invalid (fewer than settings.min_rows rows, a loss that is
/// negative or not finite).
Result<PerformanceEstimate> estimate_loss(std::string_view target, std::string_view metric,
                                          const ExpectedLosses& losses, const LossReference& reference,
                                          const EstimateSettings& settings = {});

/// Fitted once per champion. Immutable, owns all it needs.
class LossEstimator {
 public:
  /// Labelled rows that the champion was not trained on, with the columns that it looks at; its prediction is added as
  /// a column. Fits each of the two loss models that is wanted once for use, and once without each of `parts` parts of
  /// the rows for spread and error (fewer than 3 parts, or fewer than 200 rows: no error, and the spread around the
  /// mean). Errors: those of LossModel::fit(); invalid (not a regression target, outputs too few or not
  /// finite).
  static Result<LossEstimator> fit(std::span<const ColumnView> columns, const stats::Scored& reference,
                                   const LossModelSettings& settings = {}, Losses wanted = Losses::both,
                                   std::size_t parts = loss_model_parts);

  /// `current.truth` is not looked at and may be empty. Losses that were not wanted are empty. Errors: those of
  /// LossModel::predict(), and of the outputs.
  Result<ExpectedLosses> expect(std::span<const ColumnView> columns, const stats::Scored& current) const;

  /// expect() and estimate_loss().
  Result<PerformanceEstimate> estimate(std::string_view metric, std::span<const ColumnView> columns,
                                       const stats::Scored& current, const EstimateSettings& settings = {}) const;

  const LossReference& reference() const { return reference_; }

 private:
  std::string target_;
  std::vector<LossModel> absolute_;  ///< of all rows, then without a part each; none where not wanted
  std::vector<LossModel> squared_;
  LossReference reference_;
};

}  // namespace perennial::drift
