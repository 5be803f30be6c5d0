// A candidate that passed its gates becomes a registered version.

#include <fmt/format.h>

#include "data/digest.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

std::string show_metrics(const std::map<std::string, double>& metrics, const std::string& primary) {
  const auto found = metrics.find(primary);
  return found == metrics.end() ? std::string("no value of " + primary)
                                : fmt::format("{} {:.4g}", primary, found->second);
}

}  // namespace

Status ModelLoop::enroll(const Candidate& candidate, TimePoint now) {
  const auto& run = candidate.run;
  const auto& registry = services_.state->registry();
  // Bytes first, event second: a version that is named always has its artifact.
  if (!run.foreign) TRY(services_.sessions->add(run.onnx));  // a foreign graph is in the store since it came

  feedback::PredictionRecord reference;
  reference.request = candidate.reference.rows;
  reference.ids.assign(reference.request.rows, "-");
  reference.answered.assign(reference.request.rows, feedback::kNobody);
  ASSIGN_OR_RETURN(const std::string reference_digest, services_.blobs->put(feedback::encode(reference)));

  std::string held_out_digest;
  if (candidate.held_out.rows() > 0) {
    ASSIGN_OR_RETURN(held_out_digest, services_.blobs->put(encode(candidate.held_out, run.run_id)));
  }

  const auto* champion = registry.champion(config_.name);
  const auto* job = services_.state->jobs().find(candidate.job);
  ModelVersion version;
  version.model = config_.name;
  version.signature = to_json(run.signature);
  ASSIGN_OR_RETURN(version.number, registry.next_number(config_.name, version.signature, run.config_hash));
  version.run_id = run.run_id;
  version.data_version = run.data_version;
  version.data_digest = run.data_digest;
  version.config_hash = run.config_hash;
  version.artifact_digest = run.artifact_digest;
  version.artifact_bytes = run.onnx.size();
  version.metrics = run.metrics;
  version.champion_metrics = run.champion_metrics;
  version.holdout_digest = run.holdout_digest;
  if (champion != nullptr) version.parent = champion->number;
  version.trigger = job != nullptr ? job->trigger : "";
  version.strategy = job != nullptr ? job->strategy : config_.strategy;
  version.foreign = run.foreign;
  version.changelog =
      run.foreign
          ? fmt::format("{}: {}; made elsewhere, judged on {} rows from {}, {}", version.trigger,
                        job != nullptr ? job->reason : "", run.split.holdout.size(),
                        format_time(run.split.holdout_from), show_metrics(run.metrics, config_.primary))
          : fmt::format("{}: {}; trained on {} rows to {} ({}), {}", version.trigger, job != nullptr ? job->reason : "",
                        run.split.train.size() + run.split.validation.size(), format_time(run.split.learned_to()),
                        run.window, show_metrics(run.metrics, config_.primary));
  version.training_date = now;
  version.registered_at = now;
  version.train_from =
      std::min(run.split.train_from, run.split.validation.empty() ? run.split.train_from : run.split.validation_from);
  version.train_to = run.split.learned_to();
  // What a foreign graph has learned from is not known; the rows before those that judged it are its time.
  version.train_rows = run.foreign ? 0 : run.split.train.size();
  version.validation_rows = run.foreign ? 0 : run.split.validation.size();
  version.holdout_rows = run.split.holdout.size();

  ASSIGN_OR_RETURN(NewEvent event, registry.plan_register(version));
  event.body["reference_digest"] = reference_digest;
  if (!held_out_digest.empty()) event.body["held_out_digest"] = held_out_digest;
  if (!candidate.reference.calibration.is_null()) event.body["calibration"] = candidate.reference.calibration;
  event.body["window"] = run.window;
  event.body["job"] = candidate.job;
  event.body["row"] = rows_seen();
  if (const auto written = services_.events->write(now, std::move(event)); !written)
    return std::unexpected(written.error());
  forget_references();
  references_[version.number.text()] = std::move(reference.request);
  return {};
}

}  // namespace perennial::lifecycle
