#pragma once
// Several training sets in one job. Each is learned from without the newest labelled block, all are compared on that
// block, and the best one is trained once more with it. The gate's holdout is later still and takes no part in the
// choice (docs/decisions/012-training-sets.md).

#include <optional>
#include <string>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "training/process.hpp"

namespace perennial::training {

struct TrainingRequest;
struct RunResult;
class RunCache;

/// One of the training sets of a request: its rows from `first` on.
struct TrainingSet {
  std::string window;  ///< as the config says it
  std::size_t first = 0;
  std::vector<float> weights;  ///< per row of the set; empty: all 1
  std::string reason;          ///< which rows, and why these
};

/// How one training set did on the comparison block.
struct CandidateScore {
  std::string window;
  std::string reason;
  std::size_t rows = 0;                  ///< learned from, early stopping included, before the block
  std::optional<double> loss;            ///< log loss or RMSE on the block
  double standard_error = 0;             ///< of it, widened for resembling neighbours
  double difference = 0;                 ///< its loss less that of the chosen one, on the same rows
  double difference_standard_error = 0;  ///< paired
  std::string problem;                   ///< why it has no loss; empty otherwise
};

struct Comparison {
  std::vector<CandidateScore> scores;  ///< in the order of the config
  std::size_t chosen = 0;
  std::string metric;          ///< "target.log_loss" or "target.rmse"
  std::size_t block_rows = 0;  ///< of the comparison block
  std::string reason;          ///< one line
};

/// {"metric", "block_rows", "chosen", "reason", "candidates": [{"window", "reason", "rows", "loss", "standard_error",
/// "difference", "difference_standard_error", "problem"?}]}
Json to_json(const Comparison& comparison);

/// run() for a request with two sets or more. A set whose training fails takes no part; where the block would have
/// fewer than least_holdout_rows rows the first set is taken without a comparison. train.limit holds for all trainings
/// together. Errors: those of run(); the first set's where every set fails.
Result<RunResult> run_candidates(const TrainingRequest& request, ProcessRunner& runner, RunCache* cache,
                                 const CancelFlag& cancel);

/// The request as if only this of its sets had been asked for; the request itself where it has no sets.
TrainingRequest only_set(const TrainingRequest& request, std::size_t set);

}  // namespace perennial::training
