#pragma once
// What the monitors compare with once the version of a training serves. Made by the job that trains it, beside the
// loop.

#include "core/json.hpp"
#include "core/table.hpp"
#include "drift/settings.hpp"
#include "training/run.hpp"

namespace perennial::lifecycle {

struct TrainingReference {
  Table rows;  ///< as many of the training rows as are worth keeping, evenly over the window
  /// What all training rows say about their windows, where an alarm budget is stated; else, where columns follow the
  /// week, which ones do; else null.
  Json calibration = nullptr;
};

/// From the rows that the run learned from, without those of the early stopping. `inputs` are the rows of its request.
/// Pure. A calibration is learned; with an alarm budget it is rehearsed as well, which takes seconds for a long window.
TrainingReference training_reference(const Table& inputs, const training::RunResult& run,
                                     const drift::DriftSettings& monitor);

}  // namespace perennial::lifecycle
