#pragma once
// One policy's run of the production loop over the history, and what it lost.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "app/backtest/grid.hpp"
#include "app/replay/replay.hpp"
#include "core/event.hpp"
#include "core/json.hpp"

namespace perennial::app {

struct PolicyRun {
  std::string policy;
  Json when = Json::array();  ///< entries of `retrain.when`; of the oracle: none
  double score = 0;           ///< the primary metric over all scored rows
  double loss = 0;            ///< errors, or the sum of squared errors, over the labelled scored rows
  std::uint64_t labelled = 0;
  std::uint64_t retrains = 0;
  std::uint64_t promotions = 0;
  std::uint64_t rollbacks = 0;
  double train_cpu_s = 0;  ///< of all trainings, that of the first version included; measured when the model was made
  std::vector<double> rows_to_production;  ///< per promotion, from the start of its training
  Json timeline = Json::array();           ///< trainings, promotions, rollbacks and ends of cycles
  std::vector<ScorePoint> points;

  /// Retrains whose challenger was never promoted.
  std::uint64_t wasted() const { return retrains > promotions ? retrains - promotions : 0; }
};

/// The loop as every policy of a backtest runs it: no cooldown and no least priority hold the policy back, all have the
/// same training window, and the loop turns every snap_rows rows.
struct LoopSetup {
  ReplayOptions replay;  ///< without policy; quiet
  lifecycle::ModelConfig model;
  std::vector<std::string> changed;  ///< what differs from the config, one sentence each
};

/// `window` where the config has none. Error: not_found (the model).
Result<LoopSetup> loop_setup(ReplayOptions replay);

/// Runs `when` over the history. `grid`, where given, is filled meanwhile. `progress` is told the row reached.
/// Errors: as replay(); config (the entries).
Result<PolicyRun> run_policy(const LoopSetup& setup, std::string policy, const Json& when, Grid* grid,
                             const std::function<void(std::uint64_t)>& progress, Json* replay_report = nullptr);

/// Per promotion of a retrained version, in order: rows from the start of its training on. The first version, which no
/// scored row has waited for, is left out.
std::vector<double> rows_to_production(const std::vector<Event>& events);

/// A plan over the grid as a policy's run; `first_cpu_s` of the first version's training.
Result<PolicyRun> grid_policy(const Grid& grid, const RetrainPlan& plan, std::string policy, double first_cpu_s);

/// Training window of a backtest where the config has none: "since the last retrain" would be another one for each
/// policy.
inline constexpr std::uint64_t default_window_rows = 5000;

}  // namespace perennial::app
