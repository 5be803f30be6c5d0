#pragma once
// One fleet of engines after another as the traffic of a serving model, and what the model's loop made of it.

#include <cstdint>
#include <string>
#include <vector>

#include "core/event.hpp"
#include "lifecycle/fleet_config.hpp"

namespace turbofan {

struct TrafficOptions {
  perennial::lifecycle::FleetConfig config;
  std::string model;
  std::string data_directory;
  std::string before, after;  ///< subsets
  std::string trainer;
  std::string file;           ///< the CSV is written here
};

struct TrafficStory {
  std::uint64_t rows = 0;
  std::uint64_t shift_row = 0;  ///< the first row of the later subset, 0-based
  std::vector<std::string> lines;
  bool detected = false;  ///< drift of the inputs was found after the shift,
  bool answered = false;  ///< and a rollout that began after it came to an end: promoted, or taken back
  std::string metric;
  double score = 0, never_retrain = 0;  ///< of the metric, over all answered rows
};

/// Writes the traffic (engine after engine, each from its first flight to its failure) and replays it.
perennial::Result<TrafficStory> replay_traffic(const TrafficOptions& options);

}  // namespace turbofan
