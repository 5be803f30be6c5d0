// Labels meet predictions; what follows from each pair is counted once.

#include "lifecycle/model_loop.hpp"

#include "feedback/label_values.hpp"

namespace perennial::lifecycle {

void ModelLoop::on_answer(std::size_t rows) {
  if (prediction_log_ != nullptr) prediction_log_->expect(rows);
}

void ModelLoop::losses_told(const Event& event) {
  prediction_log_->losses_told();
  alert(event, event.body.value("what", ""), event.body.value("reason", ""));
}

void ModelLoop::on_record(std::shared_ptr<const feedback::PredictionRecord> record) {
  if (prediction_log_ != nullptr) prediction_log_->append(record);
  recent_.add(*record);
  waits_->predicted(*record);
  split_->predicted(*record);
  outputs_->add(*record);
  joiner_->add(std::move(record));
}

Result<api::LabelsAnswer> ModelLoop::label(const std::vector<api::Label>& labels, TimePoint now) {
  std::vector<feedback::RawLabel> raw;
  raw.reserve(labels.size());
  for (const auto& label : labels) {
    feedback::RawLabel one{label.id ? std::optional<std::string_view>(*label.id) : std::nullopt,
                           label.entity ? std::optional<std::string_view>(*label.entity) : std::nullopt,
                           label.at,
                           {},
                           label.confidence};
    for (const auto& [target, value] : label.labels) {
      if (const auto* number = std::get_if<double>(&value)) one.values.push_back({target, *number, {}, false});
      else one.values.push_back({target, 0, std::get<std::string>(value), true});
    }
    raw.push_back(std::move(one));
  }
  ASSIGN_OR_RETURN(auto batch, feedback::label_batch(targets_, raw, now));
  api::LabelsAnswer answer;
  for (const auto& key : batch.keys)
    if (!joiner_->knows(key)) ++answer.unmatched;
  ASSIGN_OR_RETURN(const auto stored, label_log_->append(std::move(batch)));
  answer.accepted = stored.accepted;
  answer.duplicates = stored.duplicates;
  return answer;
}

Status ModelLoop::label(feedback::LabelBatch labels) {
  if (label_log_ == nullptr) {
    joiner_->add(labels);
    return {};
  }
  if (const auto stored = label_log_->append(std::move(labels)); !stored) return std::unexpected(stored.error());
  return {};
}

Status ModelLoop::watch_stream(const feedback::JoinedBatch& batch) {
  const std::string champion = champion_text();
  if (champion.empty()) return {};
  ASSIGN_OR_RETURN(const MetricName primary, split_metric(config_.primary, *targets_, config_.metrics));
  const Target& target = (*targets_)[primary.target];
  if (stream_ == nullptr || stream_of_ != champion) {
    ASSIGN_OR_RETURN(stream_, config_.monitor.stream.make(target.task));
    stream_of_ = champion;
    zone_ = drift::Zone::stable;
  }
  for (const auto& version : batch.versions) {
    if (version.version != champion || version.outputs.width != base_->output_width()) continue;
    const auto losses = stats::row_losses({version.outputs.values, version.outputs.width, base_->offset(primary.target),
                                           &target, batch.truth[primary.target]});
    for (std::size_t row = 0; row < losses.size(); ++row)
      if (version.present[row] != 0) zone_ = std::max(zone_, stream_->update(losses[row]));
  }
  return {};
}

void ModelLoop::follow_phase() {
  if (paired_phase_ == state().phase) return;
  paired_->clear();
  arms_->clear();
  if (const auto& rollout = state().rollout)
    outputs_->begin(rollout->challenger, rollout->champion, rollout->phase_since);
  else outputs_->end();
  split_->follow(state().phase, state().rollout);
  paired_phase_ = state().phase;
}

Status ModelLoop::observe() {
  if (!configured()) return {};
  if (label_log_ != nullptr)
    for (const auto& labels : label_log_->drain()) joiner_->add(labels);
  follow_phase();
  const auto& rollout = state().rollout;
  auto batches = joiner_->take();
  std::size_t rows_to_come = 0;
  for (const auto& batch : batches) rows_to_come += batch.rows();
  for (auto& batch : batches) {
    const std::size_t skipped = rows_to_come - std::min(rows_to_come, fresh_rows_per_turn);
    rows_to_come -= batch.rows();
    rows_labelled_ += batch.rows();
    align_entities(batch.inputs);
    if (const Status kept = examples_.append(batch); !kept) {
      // Rows of another shape than those kept (an older log after a change of features): the newer ones count.
      if (kept.error().code != ErrorCode::conflict) return kept;
      examples_.clear();
      TRY(examples_.append(batch));
    }
    waits_->labelled(batch);
    split_->labelled(batch);
    // Answers to broken inputs say nothing of a version.
    batch = without(std::move(batch), state().quarantines);
    for (std::size_t v = 0; v < batch.versions.size(); ++v) {
      auto [scores, is_new] = scores_.try_emplace(batch.versions[v].version, *targets_);
      scores->second.add(batch, v);
    }
    if (rollout) {
      paired_->add(batch, rollout->challenger, rollout->champion, rollout->phase_since);
      arms_->add(batch, rollout->challenger, rollout->champion, rollout->phase_since);
    }
    const auto estimates = fresh_ ? fresh_->add(batch, skipped) : FreshLosses::Estimates{};
    losses_->add(batch, estimates.fresh, estimates.aged);
    if (self_test_) self_test_->add(batch, champion_text());
    TRY(watch_stream(batch));
  }
  // Windows of versions that can no longer serve are let go.
  if (scores_.size() > 8)
    std::erase_if(scores_, [&](const auto& entry) {
      const auto number = parse_version(entry.first);
      const auto* version = number ? services_.state->registry().find(config_.name, *number) : nullptr;
      return version == nullptr || version->status == VersionStatus::archived ||
             version->status == VersionStatus::quarantined;
    });
  return {};
}

void ModelLoop::align_entities(Table& rows) const {
  // Without an entity in the config a client's routing key is no part of the data.
  if (!config_.entity) rows.entities.clear();
  else if (rows.entities.empty()) rows.entities.assign(rows.rows, "");
}

Result<stats::Estimate> ModelLoop::current(const std::string& version, const std::string& metric) const {
  const auto found = scores_.find(version);
  if (found == scores_.end())
    return fail(ErrorCode::invalid, "no labelled answers of version " + version, config_.name);
  ASSIGN_OR_RETURN(const MetricName name, split_metric(metric, *targets_, config_.metrics));
  RowChoice choice;
  choice.newest = config_.monitor.window.rows;
  return found->second.newest().slice(choice).evaluate(name);
}

std::string ModelLoop::champion_text() const {
  const auto* champion = services_.state->registry().champion(config_.name);
  return champion == nullptr ? std::string{} : champion->number.text();
}

}  // namespace perennial::lifecycle
