#pragma once
// Writes a commented config for a file that nobody has seen before: `perennial init`.

#include <optional>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "data/schema.hpp"
#include "data/time_axis.hpp"

namespace perennial::app {

struct InitRequest {
  std::string data;  ///< the file, as it will stand in the config
  std::string target;
  std::vector<std::string> timestamp;  ///< none, one or two columns
  std::optional<std::string> entity;
  std::vector<std::string> exclude;
  std::string model;  ///< empty: from the file's name
};

/// What init found, to be shown beside the config.
struct InitResult {
  std::string yaml;
  std::vector<std::string> notes;  ///< one sentence per choice that the user may want to undo
};

/// The numbers that follow from the length of the history; docs/defaults.md says where each comes from.
struct HistoryDefaults {
  std::uint64_t retrain_every, window, holdout, cooldown, shadow, bake, monitor_window, monitor_every;
};
HistoryDefaults defaults_for(std::uint64_t rows);

/// Pure. Errors: not_found (column), invalid (no usable target, no rows to learn from).
Result<InitResult> write_config(const InitRequest& request, const data::FileSchema& schema);

}  // namespace perennial::app
