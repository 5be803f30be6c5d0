#include "serving/evidence_scoring.hpp"

namespace perennial::serving {

std::size_t EvidenceWork::rows() const {
  std::size_t sum = 0;
  for (const auto& task : tasks) sum += task.rows.size();
  return sum;
}

Result<const features::InputBatch*> batch_for(const Scorer& scorer, const Table& inputs,
                                              const std::vector<InputColumn>& columns,
                                              const features::InputBatch& batch, features::InputBatch& own) {
  const auto& wanted = scorer.signature().inputs;
  if (&wanted == &columns || wanted == columns) return &batch;
  ASSIGN_OR_RETURN(own, features::to_batch(inputs, wanted, 0, inputs.rows));
  return &own;
}

ScoringResult score_counted(const Servable& servable, const features::InputBatch& batch,
                            std::span<const std::size_t> rows, feedback::ScoredVersion& answers, Accounting& accounting,
                            std::uint64_t phase, std::uint64_t fallbacks_per_failure, const LatencyModel& modelled) {
  ScoringResult result = score_rows(*servable.scorer, batch, rows, answers, !modelled);
  if (result.asked == 0) return result;
  if (modelled) result.elapsed_us = modelled(servable, result.asked);
  // A run over a part of a request says nothing that compares with one over a whole request.
  const bool whole_request = result.asked == batch.rows;
  accounting.add(answers.arm, phase,
                 {result.asked, result.failed, result.non_finite, fallbacks_per_failure * result.failed,
                  whole_request ? result.elapsed_us : -1});
  return result;
}

void score_evidence(EvidenceWork& work, const LatencyModel& modelled) {
  feedback::PredictionRecord& record = *work.record;
  for (const auto& task : work.tasks) {
    feedback::ScoredVersion& answers = record.versions[task.version];
    features::InputBatch own;
    const auto batch =
        batch_for(*task.servable.scorer, record.graph_inputs(), work.champion->signature().inputs, work.batch, own);
    if (!batch) {
      for (const std::size_t row : task.rows) answers.failed[row] = 1;
      work.runtime->accounting.add(answers.arm, work.phase, {task.rows.size(), task.rows.size(), 0, 0, -1});
      continue;
    }
    score_counted(task.servable, **batch, task.rows, answers, work.runtime->accounting, work.phase, 0, modelled);
  }
}

}  // namespace perennial::serving
