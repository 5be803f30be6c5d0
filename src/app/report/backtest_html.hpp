#pragma once
// The HTML report of a backtest: one self-contained file with charts, no network and no script.

#include <string>

#include "app/backtest/backtest.hpp"

namespace perennial::app {

/// The outcome in one sentence. Also for the terminal.
std::string backtest_headline(const Backtest& backtest);

/// The whole file: what to choose and why, the table, score against cost with the Pareto front, the metric over time
/// per policy, and when each policy retrained. Equal input gives equal bytes; all text that comes from data is escaped.
std::string backtest_html(const Backtest& backtest);

}  // namespace perennial::app
