#pragma once
// `monitor.quality` of a model's config.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/config_node.hpp"
#include "core/result.hpp"

namespace perennial::drift::quality {

/// A check that is asked for (drift/quality/check.hpp), with a level of its own or the check's.
struct Choice {
  std::string name;
  std::optional<double> level;
};

struct Settings {
  std::optional<std::vector<Choice>> checks;  ///< unset: all of the catalog
  std::uint64_t min_rows = 50;                ///< fewest rows that are judged, and the block that noise is learned from
  double alpha = 1e-6;                        ///< chance of a false finding per look, over all columns of a check

  /// Undefined node: the defaults. `quality: none` switches all checks off. Errors: config, with the known keys and
  /// names.
  static Result<Settings> parse(const ConfigNode& node);

  bool has(std::string_view check) const;
  double level(std::string_view check) const;  ///< the choice's, or the catalog's
  bool off() const { return checks && checks->empty(); }
};

}  // namespace perennial::drift::quality
