#pragma once
// The production loop over a file's history, under a virtual clock.

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::app {

struct ReplayOptions {
  lifecycle::FleetConfig config;
  std::string model;                ///< empty: the only one
  std::vector<std::string> data;    ///< files or globs, in time order one after the other
  std::optional<Span> label_delay;  ///< default: the config's, else 1 row
  std::uint64_t seed = 42;
  std::string data_dir;  ///< empty: a temporary one, removed at the end
  std::string trainer;
  bool quiet = false;
  std::function<bool()> cancelled;  ///< asked between batches; null: never
};

/// One point of the metric over time, for the charts.
struct ScorePoint {
  std::uint64_t row = 0;  ///< of the file
  double score = 0;
  double never_retrain = 0;
  std::string version;  ///< champion at that row
};

struct ReplayResult {
  Json report;                     ///< as in docs/contract: replay --report
  std::vector<ScorePoint> points;  ///< at most 400
  std::vector<Event> events;       ///< the journal
  std::vector<std::string> notes;  ///< what the user should know about the data
};

/// Errors: config and usage (exit 2), invalid (too few rows, no usable target, …), internal (a resumed replay differs).
Result<ReplayResult> replay(const ReplayOptions& options);

}  // namespace perennial::app
