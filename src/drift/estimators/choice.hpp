#pragma once
// `monitor.estimate` of a model's config.

#include "core/config_node.hpp"
#include "core/result.hpp"

namespace perennial::drift {

/// What is told of a champion's performance before its labels come.
struct EstimateChoice {
  bool on = true;
  double drop = 0.05;     ///< share of the baseline; an estimated fall below it is not told
  double labelled = 0.5;  ///< of the window's rows; where so many have their labels, nothing needs to be estimated

  /// Undefined node: the defaults. `estimate: none` switches it off. Errors: config, with the known keys.
  static Result<EstimateChoice> parse(const ConfigNode& node);
};

}  // namespace perennial::drift
