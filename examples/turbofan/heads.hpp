#pragma once
// One model with two heads, trained as the product trains and asked as the product asks.

#include <memory>
#include <string>

#include "engines.hpp"
#include "features/deriver.hpp"
#include "inference/session.hpp"
#include "lifecycle/model_config.hpp"
#include "training/run.hpp"

namespace turbofan {

struct Heads {
  perennial::training::RunResult run;
  std::shared_ptr<const perennial::inference::Session> session;  ///< of the exported ONNX graph
  perennial::features::Deriver deriver;                          ///< as fitted on the training rows, without engines
};

/// Trains in a child process; `work_directory` is made and removed. Errors: as training::run().
perennial::Result<Heads> train(const Engines& engines, const perennial::lifecycle::ModelConfig& config,
                               const std::string& trainer, const std::string& work_directory);

/// What the literature prints of this data set. Answers and truths "capped" are min(value, rul_cap).
struct Figures {
  std::size_t engines = 0, rows = 0;
  double rmse_capped = 0, rmse_uncapped = 0;    ///< RUL at each engine's last row
  double phm08_capped = 0, phm08_uncapped = 0;  ///< the same rows; the sum over engines
  double accuracy = 0, macro_f1 = 0;            ///< health, over all rows
};

/// Answers every row of `engines` through the ONNX session.
perennial::Result<Figures> evaluate(Heads& heads, const Engines& engines);

}  // namespace turbofan
