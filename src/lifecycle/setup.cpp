// How a model's loop comes to life: from a config and a file the first time, from journal and logs after a restart.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/hash.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

namespace {

std::vector<std::string> names_of(const std::vector<InputColumn>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

/// Rows whose label has not come move the entities' states, as all do, and teach and judge nobody.
void keep_labelled(LabelledRows& rows) {
  std::vector<std::size_t> labelled;
  for (std::size_t row = 0; row < rows.inputs.rows; ++row)
    if (std::ranges::any_of(rows.truth, [&](const Truth& truth) { return std::isfinite(truth[row]); }))
      labelled.push_back(row);
  if (labelled.size() == rows.inputs.rows) return;
  rows.inputs = rows.inputs.pick(labelled);
  for (auto& truth : rows.truth) {
    Truth kept;
    kept.reserve(labelled.size());
    for (const std::size_t row : labelled) kept.push_back(truth[row]);
    truth = std::move(kept);
  }
}

}  // namespace

ModelLoop::ModelLoop(const ModelConfig& config, const Services& services) : config_(config), services_(services) {}

Result<std::unique_ptr<ModelLoop>> ModelLoop::open(const ModelConfig& config, const Services& services,
                                                   const std::string& folder) {
  std::unique_ptr<ModelLoop> loop(new ModelLoop(config, services));
  loop->folder_ = folder;
  if (services.virtual_time) TRY(loop->open_logs({}, {}));
  loop->memory_ = loop->state().memory;
  return loop;
}

Status ModelLoop::open_logs(const feedback::PredictionLog::Visit& prediction, const feedback::LabelLog::Visit& labels) {
  if (folder_.empty()) return {};
  feedback::PredictionLogOptions options;
  options.mode =
      services_.virtual_time ? feedback::PredictionLogOptions::Mode::sync : feedback::PredictionLogOptions::Mode::async;
  ASSIGN_OR_RETURN(prediction_log_,
                   feedback::PredictionLog::open(*services_.files, folder_ + "/predictions", options, prediction));
  feedback::LabelLogOptions label_options;
  label_options.sync_each_call = !services_.virtual_time;
  ASSIGN_OR_RETURN(label_log_, feedback::LabelLog::open(*services_.files, folder_ + "/labels", label_options, labels));
  return {};
}

Status ModelLoop::adopt(const Json& configured) {
  ASSIGN_OR_RETURN(Signature base, signature_from_json(configured.at("signature")));
  ASSIGN_OR_RETURN(features::Deriver deriver, features::Deriver::make(config_.features, base.request));
  if (deriver.inputs() != base.inputs)
    return fail(ErrorCode::config, "the features of the config are not those that the model was started with",
                config_.name, "keep the 'features' node, or start with a new data_dir");
  TRY(deriver.set_frozen(configured.at("frozen")));
  // A pattern that matches nothing would switch the monitors off without a word.
  std::vector<std::string> inputs;
  for (const auto& input : base.inputs) inputs.push_back(input.name);
  TRY(config_.monitor.check_columns(inputs));
  TRY(config_.expectations.check_columns(names_of(base.request)));
  base_ = std::move(base);  // configured() says so at the end: other threads ask it
  targets_ = std::make_shared<const std::vector<Target>>(base_->targets);
  if (config_.primary.empty())
    config_.primary = base_->targets[0].name + "." + default_metric(base_->targets[0].task, 1);
  ASSIGN_OR_RETURN(const MetricName primary, split_metric(config_.primary, *targets_, config_.metrics));
  TRY(stats::check_metric(primary.metric, (*targets_)[primary.target]));
  TRY(check_policies(config_.triggers, *targets_, config_.metrics, config_.monitor));
  for (const auto& own : config_.metrics) {
    ASSIGN_OR_RETURN(const MetricName name, split_metric(own.target + "." + own.name, *targets_, config_.metrics));
    TRY(stats::check_metric(name.metric, (*targets_)[name.target]));
  }
  ASSIGN_OR_RETURN(gates_, gates_of(config_, *targets_));
  joiner_ = std::make_unique<feedback::Joiner>(targets_);
  paired_.emplace(*targets_, config_.rollout);
  arms_.emplace(*targets_, config_.rollout);
  outputs_ = std::make_unique<ArmOutputs>(*targets_);
  losses_.emplace(*targets_, primary.target);
  waits_ = std::make_unique<LabelWaits>(*targets_, primary.target);
  if (!services_.virtual_time) self_test_.emplace(*targets_, primary.target);
  split_ = std::make_unique<SplitRecord>(primary.target, config_.label_delay.duration);
  if (std::ranges::any_of(config_.triggers.when, [](const auto& policy) { return policy->wants_fresh_loss(); })) {
    const std::uint64_t window = config_.triggers.most_window_rows();
    fresh_.emplace(*targets_, primary.target, window > 0 ? window : FreshLosses::most_window);
  }
  // Without derived columns the graph takes the request rows as they are.
  runtime_ = deriver.inputs().size() == deriver.request().size()
                 ? std::make_shared<serving::ModelRuntime>(services_.virtual_time ? 0 : serving::kAnswersRemembered)
                 : std::make_shared<serving::ModelRuntime>(std::move(deriver),
                                                           services_.virtual_time ? 0 : serving::kAnswersRemembered);
  configured_.store(true, std::memory_order_release);
  return {};
}

Status ModelLoop::configure(const std::vector<InputColumn>& available, const std::vector<Target>& targets,
                            const Table& first_rows, TimePoint now) {
  ASSIGN_OR_RETURN(const auto request, features::select_columns(config_.features, available));
  ASSIGN_OR_RETURN(features::Deriver deriver, features::Deriver::make(config_.features, request));
  TRY(deriver.fit(first_rows));
  const Signature base{request, deriver.inputs(), targets};
  NewEvent event{config_.name,
                 std::string(event_type::model_configured),
                 {{"signature", to_json(base)},
                  {"frozen", deriver.frozen()},
                  {"primary", config_.primary},
                  {"config_digest", sha256_hex(to_text(config_.text))}}};
  TRY(adopt(event.body));
  event.body["primary"] = config_.primary;
  if (const auto written = services_.events->write(now, std::move(event)); !written)
    return std::unexpected(written.error());
  return {};
}

Status ModelLoop::restore() {
  if (state().configured.is_null()) return open_logs({}, {});
  TRY(adopt(state().configured));
  labelled_at_training_ = state().joined_at_training;
  if (!folder_.empty()) {
    // The file's rows were there before these: once it is read, the states are made again (history_ended).
    if (config_.source && !runtime_->features.is_identity()) {
      runtime_->features.with([&](const auto& deriver) { history_deriver_ = deriver; });
      if (history_deriver_ && !history_deriver_->is_stateful()) history_deriver_.reset();
    }
    // Entity states, waiting predictions and windows are folds over the logs, as decisions are over the journal.
    follow_phase();
    // All predictions before the first label, as the joiner keeps few labels that have to wait.
    const auto predicted = [&](feedback::PredictionRecord&& record) {
      if (!runtime_->features.is_identity()) (void)runtime_->features.derive(record.request);
      auto shared = std::make_shared<const feedback::PredictionRecord>(std::move(record));
      ++records_restored_;
      recent_.add(*shared);
      waits_->predicted(*shared);
      split_->predicted(*shared);
      outputs_->add(*shared);
      joiner_->add(shared);
    };
    TRY(open_logs(predicted, [&](feedback::LabelBatch&& labels) { joiner_->add(labels); }));
    if (history_deriver_) runtime_->features.remember_requests();
    TRY(observe());
  }
  // Old segments of the logs may be gone, or more predictions waited for their labels than are remembered.
  std::uint64_t counted = 0;
  for (const auto& [policy, rows] : memory_.looked_rows) counted = std::max(counted, rows);
  for (const auto& retrain : state().retrains) counted = std::max(counted, retrain.requested_row);
  losses_->counted_before(counted);
  labelled_at_training_ = std::min(labelled_at_training_, rows_labelled_);
  rows_at_monitor_ = recent_.rows_total();
  return {};
}

Status ModelLoop::add_history(const Table& request_rows, const std::vector<Truth>& truth, bool fresh) {
  LabelledRows rows;
  if (runtime_->features.is_identity()) {
    rows.inputs = request_rows;
  } else if (history_deriver_) {
    ASSIGN_OR_RETURN(rows.inputs, history_deriver_->derive(request_rows));
  } else {
    ASSIGN_OR_RETURN(rows.inputs, runtime_->features.derive(request_rows));
  }
  align_entities(rows.inputs);
  rows.truth = truth;
  keep_labelled(rows);
  rows_labelled_ += rows.inputs.rows;
  rows_of_history_ += rows.inputs.rows;
  if (state().has_trained && !fresh)
    labelled_at_training_ += rows.inputs.rows;  // read again: nothing new to learn from
  return examples_.append(rows);
}

Status ModelLoop::history_ended() {
  if (!history_deriver_) return {};
  features::Deriver states = std::move(*history_deriver_);
  history_deriver_.reset();
  std::uint64_t left = records_restored_;
  const Status replayed = prediction_log_->for_each([&](feedback::PredictionRecord&& record) {
    if (left == 0) return false;
    --left;
    (void)states.derive(record.request);  // of another signature: its rows have left no trace the first time either
    return true;
  });
  runtime_->features.replace(replayed ? std::optional(std::move(states)) : std::nullopt);
  return replayed;
}

feedback::PredictionLogStatus ModelLoop::log_status() const {
  return prediction_log_ ? prediction_log_->status() : feedback::PredictionLogStatus{};
}

}  // namespace perennial::lifecycle
