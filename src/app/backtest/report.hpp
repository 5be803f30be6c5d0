#pragma once
// The JSON report of a backtest: the contract's fields and some more.

#include "app/backtest/backtest.hpp"
#include "core/json.hpp"

namespace perennial::app {

/// Pure. {"model", "rows", "warmup_rows", "scored_rows", "seed", "metric", "higher_is_better", "window",
/// "retrain_price", "loss_unit", "floor", "policies": [{"policy", "when", "score", "loss", "retrains", "promotions",
/// "rollbacks", "wasted", "train_cpu_s", "retrain_cost", "total_cost", "excess", "timeline"}], "changed", "notes",
/// "wall_s"}. Measured, and so different between equal runs: train_cpu_s and wall_s. Numbers that are not finite become
/// null.
Json backtest_report(const Backtest& backtest);

/// The table for a terminal, header first.
std::vector<std::vector<std::string>> backtest_table(const Backtest& backtest);

}  // namespace perennial::app
