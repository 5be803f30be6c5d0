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
  std::string file;  ///< the CSV is written here
};

struct TrafficStory {
  std::uint64_t rows = 0;
  std::uint64_t shift_row = 0;  ///< the first row of the later subset, 0-based
  std::vector<std::string> lines;
  /// Where a larger share of the columns had drifted than ever before the shift (a few drift now and then: no two
  /// engines are alike); 0: never.
  std::uint64_t detected_row = 0;
  double share_before = 0, share_detected = 0;  ///< the largest before the shift, and the one that was above it
  std::string answer;  ///< how the first rollout that was planned after that ended, with its row; or empty
  std::string metric;
  double score = 0, never_retrain = 0;  ///< of the metric, over all answered rows
};

/// Writes the traffic (engine after engine, each from its first flight to its failure) and replays it.
perennial::Result<TrafficStory> replay_traffic(const TrafficOptions& options);

}  // namespace turbofan
