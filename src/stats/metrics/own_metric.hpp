#pragma once
// A metric of the user's own under a name: what `metrics:` of a model defines.

#include <optional>
#include <string>
#include <string_view>

namespace perennial::stats {

/// Which way of an expression is good, and the expression (stats/metrics/expression.hpp).
struct Formula {
  bool higher_is_better = true;
  std::string_view expression;
};

/// "higher(tp*120 - fp*8)" or "lower(abs_error)"; nothing for the name of a catalog's metric. Views `metric`.
std::optional<Formula> parse_formula(std::string_view metric);

struct OwnMetric {
  std::string target;
  std::string name;  ///< without the target: "profit"
  std::string expression;
  bool higher_is_better = true;

  /// What every function that takes a metric takes in place of a catalog's name.
  std::string formula() const;
};

}  // namespace perennial::stats
