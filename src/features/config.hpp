#pragma once
// The `features:` node of a model: which columns are used and what is derived from them.

#include <string>
#include <variant>
#include <vector>

#include "core/config_node.hpp"
#include "core/signature.hpp"

namespace perennial::features {

/// Over the values of one column of one entity; missing values are left out.
enum class Stat { mean, std, min, max, range, sum, count, slope, delta, first, last, ewm };
std::string_view to_string(Stat stat);

/// The newest `window` rows of the entity, the current one included. Adds "<column>_<stat>_<window>".
struct Rolling {
  std::vector<std::string> columns;  ///< globs
  std::vector<std::size_t> windows;  ///< rows, 2..limits::rolling_window_rows
  std::vector<Stat> stats;
};
/// All rows of the entity so far. Adds "<column>_<stat>_all". Stats: mean, std, min, max.
struct Expanding {
  std::vector<std::string> columns;
  std::vector<Stat> stats;
};
/// Mean of the newest `window` rows minus the mean of the entity's first `rows` rows (those there are, until then).
/// Adds "<column>_baseline".
struct Baseline {
  std::vector<std::string> columns;
  std::size_t rows = 10;
  std::size_t window = 1;
};
/// How many rows of the entity there are so far, 1 for its first.
struct Age {
  std::string as = "age";
};
/// z-score within the row's regime: rows whose `by` columns round to the same multiples of their resolutions. Means and
/// deviations are those of the first fit and stay. No variance → 0; unseen regime → statistics over all rows.
/// Adds "<column>_norm". Without `by`, one regime.
struct Normalise {
  struct By {
    std::string column;
    double resolution = 1;
  };
  std::vector<std::string> columns;
  std::vector<By> by;
};
/// Parts of the row's time in UTC: hour 0..23, weekday 0 (Monday)..6, day 1..31, month 1..12. Adds each under its name.
struct Calendar {
  std::vector<std::string> parts;
};
using Derivation = std::variant<Rolling, Expanding, Baseline, Age, Normalise, Calendar>;

struct FeaturesConfig {
  std::vector<std::string> include;  ///< globs; empty = all
  std::vector<std::string> exclude;  ///< globs; may match nothing
  std::vector<Derivation> derive;    ///< applied in order
};

/// `include` (a list or one glob), `exclude`, `derive` (a list of maps with one key each). An undefined node gives the
/// defaults. Errors: config, with place.
Result<FeaturesConfig> parse_features(const ConfigNode& node);

/// The request columns: those of `available` that include and exclude leave, in the order of `available`.
/// Error: config where a glob of `include` matches nothing, or nothing is left and nothing is derived of the time
/// alone.
Result<std::vector<InputColumn>> select_columns(const FeaturesConfig& config,
                                                const std::vector<InputColumn>& available);

}  // namespace perennial::features
