// A training has ended: its gates. Both sides were scored on the same rows, by the run, just now.

#include <fmt/format.h>

#include "drift/rehearsal.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

std::vector<std::string> names_of(const std::vector<InputColumn>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

Json estimates_of(const training::RunResult& run) {
  Json all = Json::object();
  for (const auto& metric : monitored_metrics(run.signature.targets)) {
    const auto name = split_metric(metric, run.signature.targets);
    if (!name) continue;
    const auto estimate = stats::evaluate(
        name->metric,
        {run.challenger_outputs.values, run.challenger_outputs.width, run.signature.offset(name->target),
         &run.signature.targets[name->target], run.holdout.truth[name->target]},
        stats::Dependence::serial);
    if (estimate)
      all[metric] = {{"value", estimate->value}, {"standard_error", estimate->standard_error}, {"n", estimate->n}};
  }
  return all;
}

gates::GateEvidence evidence_of(const training::RunResult& run, const ModelVersion* champion) {
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

Table reference_rows(const Table& inputs, const std::vector<std::size_t>& train,
                     const drift::Calibration& calibration) {
  const std::size_t kept = drift::reference_rows_worth(calibration, train.size());
  std::vector<std::size_t> rows;
  for (std::size_t i = 0; i < kept; ++i) rows.push_back(train[i * train.size() / kept]);
  return inputs.pick(rows);
}

/// The rows that the monitor will compare with, and where an alarm budget is stated what all training rows say about
/// how their windows differ while nothing changes.
void keep_reference(const Table& inputs, const drift::DriftSettings& monitor, Candidate& candidate) {
  const auto& train = candidate.run.split.train;
  if (!monitor.budget.stated()) {
    candidate.reference = reference_rows(inputs, train, {});
    return;
  }
  const Table rows = inputs.pick(train);
  const auto calibration = drift::Calibration::learn(drift::views_of(rows), rows.times, monitor.window.rows);
  candidate.reference = reference_rows(inputs, train, calibration);
  auto reference = drift::SeasonalReference::prepare(drift::views_of(candidate.reference), candidate.reference.times,
                                                     monitor, calibration);
  const auto rehearsed = drift::rehearse(reference, drift::views_of(rows), rows.times, monitor);
  candidate.calibration = drift::to_json(calibration);
  candidate.calibration["looks_rehearsed"] = rehearsed.looks;
  candidate.calibration["alarms_rehearsed"] = rehearsed.alarms;
  candidate.calibration["level"] = monitor.report_level();
}

}  // namespace

Result<std::optional<Candidate>> ModelLoop::validate(Finished finished, TimePoint now) {
  const auto request = requests_.extract(finished.job_id);
  // What was learned from rows that have turned out to be broken since is not judged: it may even be better on them.
  if (finished.result && request)
    if (const Status clean = check_nothing_quarantined(request.mapped()->rows); !clean)
      finished.result = std::unexpected(clean.error());
  if (!finished.result) {
    TRY(fail_job(finished.job_id, finished.result.error(), now));
    return std::nullopt;
  }
  Candidate candidate{finished.job_id, std::move(*finished.result), {}, {}, {}};
  const auto& run = candidate.run;
  const auto* champion = services_.state->registry().champion(config_.name);
  candidate.gates = gates::judge(gates_, evidence_of(run, champion));

  Json gate_body = gates::to_json(candidate.gates);
  gate_body["job"] = candidate.job;
  gate_body["run_id"] = run.run_id;
  gate_body["estimates"] = estimates_of(run);
  gate_body["holdout_digest"] = run.holdout_digest;
  gate_body["champion"] = champion != nullptr ? Json(champion->number.text()) : Json(nullptr);
  gate_body["row"] = rows_seen();
  std::vector<NewEvent> events = {{config_.name,
                                   std::string(event_type::run_finished),
                                   {{"job", candidate.job},
                                    {"run_id", run.run_id},
                                    {"data_version", run.data_version},
                                    {"data_digest", run.data_digest},
                                    {"config_hash", run.config_hash},
                                    {"artifact_digest", run.artifact_digest},
                                    {"metrics", run.metrics},
                                    {"champion_metrics", run.champion_metrics},
                                    {"validation_metrics", run.validation_metrics},
                                    {"rounds", run.rounds},
                                    {"parity", inference::to_json(run.parity)},
                                    {"split", training::to_json(run.split)},
                                    {"rows_seen", rows_seen()},
                                    {"row", rows_seen()}}},
                                  {config_.name, std::string(event_type::gate_evaluated), gate_body}};
  const bool passed = candidate.gates.verdict == Verdict::pass;
  const bool same_as_champion = champion != nullptr && champion->artifact_digest == run.artifact_digest;
  if (!passed || same_as_champion) {
    // A challenger that is not better leaves the champion; one whose own quality or evidence is wanting is rejected.
    const bool absolute =
        std::any_of(candidate.gates.checks.begin(), candidate.gates.checks.end(), [](const auto& check) {
          return !check.skipped && check.verdict == Verdict::fail && std::isnan(check.champion_value);
        });
    const std::string outcome = same_as_champion ? "no_change"
                                : absolute || candidate.gates.verdict == Verdict::invalid || champion == nullptr
                                    ? "rejected"
                                    : "kept_champion";
    events.push_back(
        {config_.name,
         std::string(event_type::cycle_ended),
         {{"job", candidate.job},
          {"outcome", outcome},
          {"reason", same_as_champion ? "the challenger is the champion, byte for byte" : candidate.gates.reason},
          {"times", to_json(state().cycle)},
          {"row", rows_seen()}}});
  }
  ASSIGN_OR_RETURN(const auto written, services_.events->write(now, events));
  TRY(services_.events->measure(written.front().seq,
                                {{"train_s", std::chrono::duration<double>(run.train_elapsed).count()},
                                 {"train_cpu_s", std::chrono::duration<double>(run.train_cpu).count()},
                                 {"from_cache", run.from_cache}}));
  if (!passed || same_as_champion) {
    alert(written.back(), "a retrain ended without a new champion: " + written.back().body.value("outcome", ""),
          written.back().body.value("reason", ""));
    return std::nullopt;
  }
  if (config_.estimate.on || config_.watch_answers)
    candidate.held_out =
        HeldOutAnswers::thinned(run.holdout.inputs, run.challenger_outputs, run.holdout.truth, held_out_rows_kept);
  if (request) keep_reference(request.mapped()->rows.inputs, config_.monitor, candidate);
  return candidate;
}

}  // namespace perennial::lifecycle
