#pragma once
// The production loop over a file's history, under a virtual clock.

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::app {

/// One batch right after it was answered; valid during the call only.
struct ReplayBatch {
  std::uint64_t row = 0;          ///< of the file: its first row
  const Table* inputs = nullptr;  ///< what the graphs were given
  const Outputs* served = nullptr;
  std::span<const double> truth;  ///< of the primary target; NaN = no label
};

/// The loop between two of its turns.
struct ReplayMoment {
  std::uint64_t row = 0;  ///< of the file: the first one that is not answered yet
  TimePoint now{};
  lifecycle::ModelLoop* loop = nullptr;
  std::shared_ptr<const inference::Session> first;  ///< version 1.0.0
};

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
  /// Rows that are answered between two turns of the loop; 0: by the file's length, 10 to 100.
  std::size_t batch_rows = 0;
  training::RunCache* run_cache = nullptr;  ///< null: what the data directory remembers
  /// Observers; an error ends the replay. Null: nobody.
  std::function<Status(const ReplayBatch&)> answered;
  std::function<Status(const ReplayMoment&)> turned;  ///< once before the first scored row, then after every turn
};

/// Scored rows of one point of the charts: at most 400 points, none of fewer than 50 rows.
constexpr std::uint64_t rows_per_point(std::uint64_t scored_rows) {
  return scored_rows / 400 > 50 ? scored_rows / 400 : 50;
}

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
