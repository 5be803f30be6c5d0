#pragma once
// The same history under several retraining policies, with a bound in hindsight.

#include <string>
#include <vector>

#include "app/backtest/policies.hpp"
#include "app/backtest/policy_run.hpp"

namespace perennial::app {

struct BacktestOptions {
  ReplayOptions replay;               ///< config, model, data, label delay, seed, trainer, cancelled, quiet
  std::string policies;               ///< as parse_policies() reads it
  std::vector<double> prices = {50};  ///< of one retrain, in errors; at least one, each >= 0
  std::string data_dir;               ///< trained models are kept here for the next backtest; empty: nowhere
};

/// One line of the table.
struct BacktestLine {
  PolicyRun run;
  double loss = 0;  ///< in units: errors, or squared errors / mean squared error of `never`
  double retrain_cost = 0;
  double total_cost = 0;
  double excess = 0;  ///< total_cost - floor
};

/// What holds at one price of a retrain.
struct Backtest {
  std::string model;
  std::uint64_t rows = 0;
  std::uint64_t warmup_rows = 0;
  std::uint64_t scored_rows = 0;
  std::uint64_t seed = 0;
  std::string metric;
  bool higher_is_better = true;
  bool regression = false;
  double retrain_price = 0;
  double unit = 1;   ///< of the loss: mean squared error of `never`; 1 for classification
  double floor = 0;  ///< in units
  double first_train_cpu_s = 0;
  std::string window;                ///< as a config says it; [a, b] where the config has candidates
  std::vector<BacktestLine> lines;   ///< in the order of the command line
  std::vector<ScorePoint> never;     ///< points of `never`, also where it is no line
  std::vector<std::string> changed;  ///< what every run has other than the config
  std::vector<std::string> notes;
  std::uint64_t models_trained = 0;  ///< that were in no cache; of the whole backtest
  double wall_s = 0;
};

/// One Backtest per price. Runs the loop once per policy (once per price where the policy takes it), two at a time;
/// everything else is shared between the prices. Errors: as parse_policies() and replay(); cancelled.
Result<std::vector<Backtest>> backtest(const BacktestOptions& options);

}  // namespace perennial::app
