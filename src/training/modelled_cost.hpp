#pragma once
// What a training takes under a virtual clock: a formula of its inputs, never a stopwatch.

#include <cstdint>

#include "core/time.hpp"

namespace perennial::training {

/// A fixed part for starting the child, exporting and checking, and a part per row, column, round and target.
struct CostModel {
  Duration fixed = std::chrono::seconds(2);
  double nanoseconds_per_cell_round = 1.2;  ///< hist, depth 6, one thread of a small machine
  double price_per_hour = 1.0;              ///< in the unit the user counts in
};

struct TrainingSize {
  std::uint64_t rows = 0;
  std::uint64_t columns = 0;
  std::uint64_t rounds = 0;  ///< the configured number, times bags
  std::uint64_t targets = 1;
};

/// fixed + rows × columns × rounds × targets × nanoseconds_per_cell_round; never overflows (at most 10 years).
Duration modelled_duration(const TrainingSize& size, const CostModel& model = {});
/// modelled_duration in hours × price_per_hour.
double modelled_cost(const TrainingSize& size, const CostModel& model = {});

}  // namespace perennial::training
