#pragma once
// Scores the rows of a record with the versions that did not answer them.

#include <functional>
#include <memory>
#include <vector>

#include "feedback/record.hpp"
#include "serving/routing_table.hpp"
#include "serving/row_scoring.hpp"

namespace perennial::serving {

/// Rows that one version is still to score.
struct EvidenceTask {
  Servable servable;
  std::size_t version = 0;        ///< index into PredictionRecord::versions
  std::vector<std::size_t> rows;  ///< ascending
};

/// Everything that is still to be scored of one record; holds what it needs, so that it may run later.
struct EvidenceWork {
  std::shared_ptr<feedback::PredictionRecord> record;
  std::vector<EvidenceTask> tasks;
  std::shared_ptr<const Scorer> champion;  ///< whose input columns `batch` has
  features::InputBatch batch;              ///< the record's rows
  std::shared_ptr<ModelRuntime> runtime;
  std::uint64_t phase = 0;

  std::size_t rows() const;  ///< row copies to score
};

/// Microseconds of a run where time is modelled; null = measured.
using LatencyModel = std::function<double(const Servable& servable, std::size_t rows)>;

/// The batch of `inputs` for a version: `batch` where it wants the same columns, else made into `own`.
/// Error: invalid where a column is missing.
Result<const features::InputBatch*> batch_for(const Scorer& scorer, const Table& inputs,
                                              const std::vector<InputColumn>& columns,
                                              const features::InputBatch& batch, features::InputBatch& own);

/// Scores with accounting: `rows` of `batch` into `answers`.
ScoringResult score_counted(const Servable& servable, const features::InputBatch& batch,
                            std::span<const std::size_t> rows, feedback::ScoredVersion& answers, Accounting& accounting,
                            std::uint64_t phase, std::uint64_t fallbacks_per_failure, const LatencyModel& modelled);

/// Does the work; what fails is marked in the record and counted, never returned.
void score_evidence(EvidenceWork& work, const LatencyModel& modelled);

}  // namespace perennial::serving
