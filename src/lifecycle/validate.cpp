// A training has ended: its gates. Both sides were scored on the same rows, by the run, just now.

#include <fmt/format.h>

#include "lifecycle/evidence/gate_evidence.hpp"
#include "lifecycle/model_loop.hpp"
#include "stats/importance.hpp"

namespace perennial::lifecycle {
namespace {

Json estimates_of(const training::RunResult& run, std::span<const stats::OwnMetric> own) {
  Json all = Json::object();
  for (const auto& metric : monitored_metrics(run.signature.targets, own)) {
    const auto name = split_metric(metric, run.signature.targets, own);
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

/// Per target how differently it weighs its columns than the champion; nothing where that is not known.
Json importance_shifts(const training::RunResult& run, const ModelState& state, const ModelVersion* champion) {
  Json shifts = Json::object();
  if (champion == nullptr) return shifts;
  const auto known = state.importances.find(champion->number.text());
  if (known == state.importances.end()) return shifts;
  for (const auto& [target, now] : run.importance)
    if (const auto before = known->second.find(target); before != known->second.end())
      shifts[target] = stats::importance_shift(before->second, now);
  return shifts;
}

}  // namespace

Status ModelLoop::take_in(TimePoint now) {
  while (candidate_ || !finished_.empty()) {
    if (!candidate_) {
      ASSIGN_OR_RETURN(candidate_, validate(finished_.front(), now));
      finished_.pop_front();
    }
    if (candidate_) TRY(enroll(*candidate_, now));
    candidate_.reset();
  }
  return {};
}

Result<std::optional<Candidate>> ModelLoop::validate(Finished& finished, TimePoint now) {
  const auto running = running_.find(finished.job_id);
  const std::shared_ptr<RunningTraining> job = running == running_.end() ? nullptr : running->second;
  // What was learned from rows that have turned out to be broken since is not judged: it may even be better on them.
  if (finished.result && job)
    if (const Status clean = check_nothing_quarantined(job->request.rows); !clean)
      finished.result = std::unexpected(clean.error());
  if (!finished.result) {
    TRY(fail_job(finished.job_id, finished.result.error(), now));
    running_.erase(finished.job_id);
    return std::nullopt;
  }
  Candidate candidate{finished.job_id, std::move(*finished.result), {}, {}, {}};
  const auto& run = candidate.run;
  const auto* champion = services_.state->registry().champion(config_.name);
  candidate.gates = gates::judge(gates_, gate_evidence(run, champion));

  Json gate_body = gates::to_json(candidate.gates);
  gate_body["job"] = candidate.job;
  gate_body["run_id"] = run.run_id;
  gate_body["estimates"] = estimates_of(run, config_.metrics);
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
                                    {"importance", run.importance},
                                    {"importance_shift", importance_shifts(run, state(), champion)},
                                    {"parity", run.foreign ? Json(nullptr) : inference::to_json(run.parity)},
                                    {"foreign", run.foreign},
                                    {"split", training::to_json(run.split)},
                                    {"rows_seen", rows_seen()},
                                    {"row", rows_seen()}}},
                                  {config_.name, std::string(event_type::gate_evaluated), gate_body}};
  events.front().body["window"] = run.window;
  if (run.comparison) events.front().body["comparison"] = training::to_json(*run.comparison);
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
  const auto written = services_.events->write(now, events);
  if (!written) {
    finished.result = std::move(candidate.run);
    return std::unexpected(written.error());
  }
  running_.erase(finished.job_id);
  // Times are no evidence: where the disk has no room for them, the run counts all the same.
  if (const Status measured = services_.events->measure(
          written->front().seq, {{"train_s", std::chrono::duration<double>(run.run_elapsed).count()},
                                 {"train_cpu_s", std::chrono::duration<double>(run.train_cpu).count()},
                                 {"from_cache", run.from_cache}});
      !measured && measured.error().code != ErrorCode::disk_full)
    return std::unexpected(measured.error());
  if (!passed || same_as_champion) {
    alert(written->back(), "a retrain ended without a new champion: " + written->back().body.value("outcome", ""),
          written->back().body.value("reason", ""));
    return std::nullopt;
  }
  if (job) {
    auto& made = job->reference;
    // None where the gates said no to it beside the loop: the champion has changed since.
    candidate.reference = made ? std::move(*made) : training_reference(job->request.rows.inputs, run, config_.monitor);
  }
  if (config_.estimate.on || config_.watch_answers)
    candidate.held_out =
        HeldOutAnswers::thinned(run.holdout.inputs, run.challenger_outputs, run.holdout.truth, held_out_rows_kept);
  return candidate;
}

}  // namespace perennial::lifecycle
