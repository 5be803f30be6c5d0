#pragma once
// From rows to a checked graph: one ensemble per target, the export, and the parity gate. Trainer executable only.

#include <functional>
#include <string>

#include "core/result.hpp"
#include "learners/matrix_file.hpp"
#include "learners/trainer_files.hpp"

namespace perennial::learners {

struct TrainedModel {
  std::string onnx;      ///< empty where result.error is set
  TrainerResult result;  ///< a refused parity gate is an error of kind conflict with the report beside it
};

using Progress = std::function<void(const std::string&)>;

/// Rows without truth for a target are left out of that target only. Never fails outright: errors are in the result,
/// which the trainer writes in any case.
TrainedModel train_model(const TrainerRequest& request, const MatrixFile& matrix, const Progress& progress);

}  // namespace perennial::learners
