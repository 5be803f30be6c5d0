#pragma once
// The three charts of a backtest's report, as markup.

#include <string>

#include "app/backtest/backtest.hpp"

namespace perennial::app {

/// Colours and dashes of the lines, for the page's head; line i has the classes "p<i % 8>" and, from the ninth on,
/// "again".
std::string backtest_style();
/// The classes of line `index`; the chosen one is bold.
std::string line_css(const Backtest& backtest, std::size_t index, const std::string& chosen);

/// Score against retrains, with the front of those that nothing beats in both.
std::string pareto_chart(const Backtest& backtest, const std::string& chosen);
/// The metric over the rows, one line per policy.
std::string policies_chart(const Backtest& backtest, const std::string& chosen);
/// One lane per policy with its trainings, promotions and rollbacks.
std::string retrains_chart(const Backtest& backtest);

/// The lines (by index) that no other beats in score and retrains alike; the oracle is left out. By rising retrains.
std::vector<std::size_t> pareto_front(const Backtest& backtest);

}  // namespace perennial::app
