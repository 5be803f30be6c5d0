#pragma once
// One training from a file into a data directory, through the same loop as everything else.

#include <string>
#include <vector>

#include "core/json.hpp"
#include "lifecycle/fleet_config.hpp"

namespace perennial::app {

struct TrainOptions {
  lifecycle::FleetConfig config;
  std::string model;
  std::vector<std::string> data;
  std::vector<std::string> test;
  std::string trainer;
  std::string graph;   ///< file of a graph that was made elsewhere: it is judged and registered, nothing is trained
  std::string reason;  ///< of the graph; journalled
};

/// The contract's object: version, run_id, data_version, config_hash, metrics, gates, status, reason, started_at,
/// completed_at, stages, rows, date_range, train_s. A version that passes is registered; without a champion it becomes
/// the champion, otherwise the server's loop (or `promote`) rolls it out. With `graph`, `stages` has no "trained".
/// Errors: config, invalid data, conflict (the data directory is in use).
Result<Json> train(const TrainOptions& options);

}  // namespace perennial::app
