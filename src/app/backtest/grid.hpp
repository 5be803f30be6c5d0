#pragma once
// The grid of a history: a model for every 300th row, each trained on the window that ends there, and what each of them
// would have lost on every later block. Floor and oracle are read off it, for any price.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "app/backtest/grid_trainer.hpp"
#include "app/backtest/history.hpp"
#include "app/backtest/oracle.hpp"
#include "app/replay/replay.hpp"
#include "app/replay/scoring.hpp"

namespace perennial::app {

/// Rows between two grid points: the contract's.
inline constexpr std::uint64_t grid_rows = 300;
/// Rows between two turns of the loop, so that retrains of all policies happen where the same models exist.
inline constexpr std::uint64_t snap_rows = 100;
static_assert(grid_rows % snap_rows == 0);
/// Share of the window that a model of the grid does not learn from: the least there is, because no gate judges it.
inline constexpr double grid_holdout = 0.01;

/// A plan over the grid as a policy's result.
struct GridRun {
  double score = 0;
  double loss = 0;                          ///< errors, or the sum of squared errors
  std::vector<std::uint64_t> retrain_rows;  ///< of the file
  std::vector<TimePoint> retrain_times;
  double train_cpu_s = 0;
  std::vector<ScorePoint> points;  ///< as those of a replay of the same rows
};

/// Filled by the observers of one replay that never retrains; read when that has ended.
class Grid {
 public:
  explicit Grid(GridTrainer::Options options) : trainer_(std::move(options)) {}

  /// ReplayOptions::turned and ::answered. Errors: cancelled, too_large.
  Status turned(const ReplayMoment& moment);
  Status answered(const ReplayBatch& batch);
  /// Waits for the trainings. Error: cancelled.
  Status finish();

  std::size_t points() const { return history_.blocks(); }
  std::size_t missing() const;  ///< points without a model
  bool regression() const { return targets_[target_].task == Task::regression; }
  const std::vector<GridModel>& models() const { return models_; }

  /// All losses (`whole`), or each model's own block only; by two threads. `progress` is given the share done.
  /// Error: cancelled.
  Status evaluate(bool whole, const std::function<bool()>& cancelled, const std::function<void(double)>& progress);
  const LossMatrix& losses() const { return *losses_; }
  bool whole() const { return whole_; }
  /// Answers, scores and points of a plan.
  Result<GridRun> run(const RetrainPlan& plan) const;

 private:
  Result<std::shared_ptr<const inference::Session>> model(std::size_t point) const;

  GridTrainer trainer_;
  History history_;
  std::shared_ptr<const inference::Session> first_;
  std::vector<Target> targets_;
  std::size_t target_ = 0;
  std::string metric_;
  std::uint64_t first_row_ = 0;
  std::vector<TimePoint> times_;  ///< of the points
  std::vector<GridModel> models_;
  std::optional<LossMatrix> losses_;
  bool whole_ = false;
};

}  // namespace perennial::app
