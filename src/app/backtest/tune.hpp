#pragma once
// Which of the policies of a backtest to take, what it needs, and the change of the config that takes it. Pure.

#include <string>
#include <vector>

#include "app/backtest/backtest.hpp"

namespace perennial::app {

struct Proposal {
  std::string policy;
  std::string strategy;                                 ///< `strategy:` of the model that fits it
  std::vector<std::string> why;                         ///< sentences
  std::vector<std::string> freshness, compute, labels;  ///< what it needs, sentences
  std::string yaml;                                     ///< a commented fragment for the model's entry in the config
};

/// The policy with the least total cost; of equal ones the one that retrains least. The oracle is no policy. Error:
/// invalid (no policy but the oracle was run).
Result<Proposal> propose(const Backtest& backtest);

}  // namespace perennial::app
