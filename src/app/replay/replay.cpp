#include "app/replay/replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <filesystem>
#include <utility>

#include "app/output.hpp"
#include "app/replay/baseline.hpp"
#include "app/replay/read_ahead.hpp"
#include "app/replay/report.hpp"
#include "app/replay/scoring.hpp"
#include "app/replay/source.hpp"
#include "app/scratch.hpp"
#include "core/hash.hpp"
#include "data/digest.hpp"
#include "lifecycle/metric_names.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t least_warmup = 500;  ///< or half of the file
constexpr double warmup_share = 0.03;

/// Labels on their way: rows that were predicted, until their delay has passed.
struct Waiting {
  std::uint64_t row = 0;
  TimePoint at{};
  std::vector<double> truth;
};

/// A batch that was answered and not scored yet.
struct Answered {
  Outputs served;
  Truth truth;                   ///< of the primary target
  std::vector<TimePoint> times;  ///< where labels are late by a time
};

class ReplayRun {
 public:
  ReplayRun(const ReplayOptions& options, const lifecycle::ModelConfig& model, ModelSource source)
      : options_(options), model_(model), source_(std::move(source)) {}

  Result<ReplayResult> run();

 private:
  Status start();
  Status warm_up();
  Status play();
  Status predict(Rows rows);
  Status deliver(TimePoint now);
  Status seen(const feedback::PredictionRecord& record);
  Status settle(std::size_t left);
  Status note_point();

  const ReplayOptions& options_;
  const lifecycle::ModelConfig& model_;
  ModelSource source_;
  std::unique_ptr<ScratchDirectory> scratch_;
  std::unique_ptr<lifecycle::Fleet> fleet_;
  lifecycle::ModelLoop* loop_ = nullptr;
  std::optional<Scoring> scoring_;
  std::shared_ptr<const inference::Session> first_;
  std::optional<Baseline> baseline_;  ///< none before the first version
  std::deque<Answered> unsettled_;
  Table inputs_;  ///< of the newest batch; kept for options_.answered only
  Status seen_;
  VirtualClock clock_;
  Span delay_{Duration{0}, 1};
  std::deque<Waiting> waiting_;
  std::shared_ptr<const std::vector<Target>> targets_;
  std::uint64_t warmup_ = 0;
  std::uint64_t first_scored_ = 0;  ///< row of the file, after those of the warm-up
  std::uint64_t row_ = 0;           ///< 0-based row of the file that comes next
  std::size_t primary_ = 0;
  std::vector<ScorePoint> points_;
  std::uint64_t scored_at_point_ = 0;
};

Status ReplayRun::start() {
  const std::uint64_t total = source_.total_rows();
  const std::uint64_t least_rows = 2 * model_.train.min_rows;  // half of them train, the rest is scored
  if (total < least_rows)
    return fail(
        ErrorCode::invalid, fmt::format("{} rows are too few for a replay", total), source_.schema().place,
        fmt::format("at least {} are needed: one half trains the first version, the other is scored", least_rows));
  warmup_ = options_.config.replay.warmup;
  if (warmup_ == 0)
    warmup_ =
        std::max<std::uint64_t>(least_warmup, static_cast<std::uint64_t>(warmup_share * static_cast<double>(total)));
  warmup_ = std::min(warmup_, total / 2);
  delay_ = options_.label_delay         ? *options_.label_delay
           : model_.label_delay.empty() ? Span{Duration{0}, 1}
                                        : model_.label_delay;
  if (delay_.empty()) delay_.rows = 1;

  std::string data_dir = options_.data_dir;
  if (data_dir.empty()) {
    ASSIGN_OR_RETURN(scratch_, ScratchDirectory::make("replay"));
    data_dir = scratch_->path();
  }
  lifecycle::FleetConfig config = options_.config;
  config.models = {model_};
  config.models[0].label_delay = delay_;
  lifecycle::FleetOptions fleet;
  fleet.data_dir = data_dir;
  fleet.trainer = options_.trainer;
  fleet.virtual_time = true;
  fleet.durable = scratch_ == nullptr;
  fleet.seed = options_.seed;
  fleet.run_cache = options_.run_cache;
  fleet.tap = [this](const std::string&, const feedback::PredictionRecord& record) {
    if (seen_) seen_ = seen(record);
  };
  ASSIGN_OR_RETURN(fleet_, lifecycle::Fleet::open(std::move(config), std::move(fleet), {}));
  ASSIGN_OR_RETURN(loop_, fleet_->model(model_.name));
  return {};
}

Status ReplayRun::warm_up() {
  ASSIGN_OR_RETURN(Rows rows, source_.next(warmup_));
  row_ = first_scored_ = rows.request.rows;
  clock_ = VirtualClock(rows.request.times.front());
  clock_.advance_to(rows.request.times.back());
  const TimePoint now = clock_.now();
  const NewEvent started{model_.name,
                         std::string(event_type::replay_started),
                         {{"rows", source_.total_rows()},
                          {"warmup_rows", warmup_},
                          {"seed", options_.seed},
                          {"label_delay", format_span(delay_)},
                          {"first_rows_digest", data::digest(rows.request)},
                          {"config_digest", sha256_hex(to_text(model_.text))}}};
  if (const auto written = fleet_->events().write(now, started); !written) return std::unexpected(written.error());
  TRY(loop_->configure(source_.available(), source_.targets(), rows.request, now));
  TRY(loop_->add_history(rows.request, rows.truth));
  targets_ = std::make_shared<const std::vector<Target>>(loop_->signature().targets);
  ASSIGN_OR_RETURN(const auto primary,
                   lifecycle::split_metric(loop_->config().primary, *targets_, loop_->config().metrics));
  primary_ = primary.target;
  scoring_.emplace((*targets_)[primary_], loop_->signature().offset(primary_), primary.metric, delay_);

  TRY(loop_->request_training("initial", "the warm-up rows are there", now));
  // Started by the first tick, done and judged by the second: nobody has asked for a prediction yet.
  TRY(fleet_->tick(now));
  TRY(fleet_->tick(now));
  const auto* champion = fleet_->state().registry().champion(model_.name);
  if (champion == nullptr) {
    std::string why = "no reason was recorded";
    const auto events = fleet_->journal().range(0, 1000, model_.name);
    if (events)
      for (const auto& event : *events)
        if (event.type == event_type::cycle_ended) why = event.body.value("reason", "");
    return fail(ErrorCode::invalid, "the first version could not be made: " + why, source_.schema().place);
  }
  ASSIGN_OR_RETURN(const std::string bytes, fleet_->blobs().get(champion->artifact_digest));
  ASSIGN_OR_RETURN(first_, inference::Session::load(bytes));
  baseline_.emplace(first_, champion->number.text());
  return {};
}

Status ReplayRun::seen(const feedback::PredictionRecord& record) {
  if (options_.answered) inputs_ = record.graph_inputs();
  return baseline_ ? baseline_->begin(record) : Status{};
}

/// Scores the oldest batches until no more than `left` are unscored: their baseline is answered while the loop goes on.
Status ReplayRun::settle(std::size_t left) {
  while (unsettled_.size() > left) {
    const Answered oldest = std::move(unsettled_.front());
    unsettled_.pop_front();
    ASSIGN_OR_RETURN(const Outputs never, baseline_->take());
    scoring_->add(oldest.served, never, oldest.truth, oldest.times);
  }
  return {};
}

Status ReplayRun::predict(Rows rows) {
  serving::PredictBatch batch;
  batch.ids.reserve(rows.request.rows);
  for (std::size_t i = 0; i < rows.request.rows; ++i) batch.ids.push_back(fmt::format("{}", row_ + i));
  for (std::size_t i = 0; i < rows.request.rows; ++i) {
    Waiting waiting{row_ + i, rows.request.times[i], {}};
    for (const auto& truth : rows.truth) waiting.truth.push_back(truth[i]);
    waiting_.push_back(std::move(waiting));
  }
  batch.rows = std::move(rows.request);
  const TimePoint last = batch.rows.times.back();
  std::vector<TimePoint> times;
  if (delay_.rows == 0) times = batch.rows.times;
  TRY(settle(kBaselineBehindMost - 1));
  ASSIGN_OR_RETURN(auto answer, fleet_->predictor().predict(model_.name, std::move(batch)));
  TRY(seen_);
  if (options_.answered) TRY(options_.answered({row_, &inputs_, &answer.outputs, rows.truth[primary_]}));
  row_ += answer.outputs.rows;
  unsettled_.push_back({std::move(answer.outputs), std::move(rows.truth[primary_]), std::move(times)});
  clock_.advance_to(last);
  return {};
}

Status ReplayRun::deliver(TimePoint now) {
  feedback::LabelBatch labels;
  labels.targets = targets_;
  labels.truth.resize(targets_->size());
  labels.received_at = now;
  while (!waiting_.empty() &&
         (delay_.rows > 0 ? waiting_.front().row + delay_.rows < row_ : waiting_.front().at + delay_.duration <= now)) {
    const Waiting& next = waiting_.front();
    if (std::any_of(next.truth.begin(), next.truth.end(), [](double value) { return !std::isnan(value); })) {
      labels.keys.push_back({fmt::format("{}", next.row), {}, {}});
      for (std::size_t t = 0; t < next.truth.size(); ++t) labels.truth[t].push_back(next.truth[t]);
    }
    waiting_.pop_front();
  }
  if (labels.keys.empty()) return {};
  return loop_->label(std::move(labels));
}

Status ReplayRun::note_point() {
  TRY(settle(0));
  const std::size_t to = scoring_->rows();
  const auto* champion = fleet_->state().registry().champion(model_.name);
  points_.push_back({row_ - 1, scoring_->served(scored_at_point_, to), scoring_->never(scored_at_point_, to),
                     champion != nullptr ? champion->number.text() : ""});
  scored_at_point_ = to;
  return {};
}

Status ReplayRun::play() {
  const std::uint64_t total = source_.total_rows();
  const std::size_t batch_rows =
      options_.batch_rows > 0 ? options_.batch_rows : std::clamp<std::size_t>(total / 400, 10, 100);
  const std::uint64_t point_rows = rows_per_point(total - warmup_);
  Progress progress("replay", total);
  if (options_.turned) TRY(options_.turned({row_, clock_.now(), loop_, first_}));
  ReadAhead ahead(source_, batch_rows);
  for (;;) {
    if (options_.cancelled && options_.cancelled())
      return fail(ErrorCode::cancelled, fmt::format("the replay was stopped at row {}", row_), {},
                  options_.data_dir.empty() ? "" : "run it again to continue");
    ASSIGN_OR_RETURN(Rows rows, ahead.next());
    if (rows.request.rows == 0) break;
    TRY(predict(std::move(rows)));
    TRY(deliver(clock_.now()));
    TRY(fleet_->tick(clock_.now()));
    if (options_.turned) TRY(options_.turned({row_, clock_.now(), loop_, first_}));
    if (row_ - first_scored_ - scored_at_point_ >= point_rows) TRY(note_point());
    if (!options_.quiet) progress.at(row_, points_.empty() ? "" : "champion " + points_.back().version);
  }
  if (row_ - first_scored_ > scored_at_point_) TRY(note_point());
  const NewEvent finished{
      model_.name, std::string(event_type::replay_finished), {{"rows", total}, {"row", loop_->rows_seen()}}};
  if (const auto written = fleet_->events().write(clock_.now(), finished); !written)
    return std::unexpected(written.error());
  return {};
}

Result<ReplayResult> ReplayRun::run() {
  const auto begun = std::chrono::steady_clock::now();
  TRY(start());
  TRY(warm_up());
  TRY(play());
  ReplayResult result;
  TRY(fleet_->journal().read(0, [&](const Event& event) -> Status {
    result.events.push_back(event);
    return {};
  }));
  double train_s = 0;
  double train_cpu_s = 0;
  for (const auto& event : result.events) {
    if (event.type != event_type::run_finished) continue;
    ASSIGN_OR_RETURN(const Json measured, fleet_->journal().read_measurements(event.seq));
    if (!measured.is_object()) continue;
    train_s += measured.value("train_s", 0.0);
    train_cpu_s += measured.value("train_cpu_s", 0.0);
  }
  result.points = points_;
  result.notes = source_.notes();
  if (!model_.entity)
    result.notes.push_back("there is no entity: every row is routed by itself, and no stickiness is claimed");
  ReportInputs inputs;
  inputs.model = model_.name;
  inputs.rows = source_.total_rows();
  inputs.warmup_rows = warmup_;
  inputs.scored_rows = scoring_->rows();
  inputs.seed = options_.seed;
  inputs.metric = loop_->config().primary;
  ASSIGN_OR_RETURN(const auto primary, lifecycle::split_metric(inputs.metric, *targets_, loop_->config().metrics));
  ASSIGN_OR_RETURN(inputs.higher_is_better, stats::higher_is_better(primary.metric));
  inputs.score = scoring_->served();
  inputs.never_retrain = scoring_->never();
  inputs.no_change = scoring_->no_change();
  inputs.train_s = train_s;
  inputs.train_cpu_s = train_cpu_s;
  inputs.wall_s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  inputs.journal_digest = fleet_->journal().digest();
  inputs.notes = result.notes;
  result.report = replay_report(inputs, result.events, fleet_->state().registry());
  return result;
}

}  // namespace

Result<ReplayResult> replay(const ReplayOptions& options) {
  ASSIGN_OR_RETURN(const auto* model, options.config.model(options.model));
  ASSIGN_OR_RETURN(ModelSource source, ModelSource::open(*model, options.data, options.config.replay.row_interval));
  return ReplayRun(options, *model, std::move(source)).run();
}

}  // namespace perennial::app
