#include "lifecycle/evidence/gate_evidence.hpp"

#include <string>
#include <vector>

namespace perennial::lifecycle {
namespace {

std::vector<std::string> names_of(const std::vector<InputColumn>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

}  // namespace

gates::GateEvidence gate_evidence(const training::RunResult& run, const ModelVersion* champion) {
  gates::GateEvidence evidence;
  evidence.targets = run.signature.targets;
  evidence.stride = run.signature.output_width();
  evidence.challenger_outputs = run.challenger_outputs.values;
  evidence.champion_outputs = run.champion_outputs.values;
  for (const auto& truth : run.holdout.truth) evidence.truth.emplace_back(truth);
  evidence.challenger_holdout_digest = run.holdout_digest;
  evidence.champion_holdout_digest = run.champion_outputs.width > 0 ? run.holdout_digest : std::string{};
  evidence.challenger_columns = evidence.challenger_scored_columns = names_of(run.signature.inputs);
  if (champion != nullptr)
    if (const auto signature = signature_from_json(champion->signature)) {
      evidence.champion_columns = names_of(signature->inputs);
      evidence.champion_scored_columns =
          run.champion_outputs.width > 0 ? evidence.champion_columns : std::vector<std::string>{};
    }
  evidence.holdout_from = run.split.holdout_from;
  evidence.challenger_train_to = run.split.learned_to();
  evidence.champion_train_to = champion != nullptr ? champion->train_to : TimePoint{};
  evidence.rows_disjoint = run.split.holdout_unseen_by_champion;
  evidence.by_entity = run.split.kind == training::SplitKind::entity;
  evidence.entities_disjoint = evidence.by_entity && run.split.holdout_unseen_by_champion;
  evidence.first_version = champion == nullptr;
  return evidence;
}

}  // namespace perennial::lifecycle
