#include "app/drill/drill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/replay/source.hpp"
#include "app/scratch.hpp"
#include "lifecycle/fleet.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t drill_batch_rows = 20;
constexpr std::size_t least_drill_rows = 200;

double mean_of(const Truth& truth) {
  double sum = 0;
  std::size_t known = 0;
  for (const double value : truth)
    if (!std::isnan(value)) sum += value, ++known;
  return known == 0 ? 0 : sum / static_cast<double>(known);
}

/// All wrong as a mistake in a label pipeline makes it: yes is no, high is low, each class the next one. `means`: of
/// each target, over all rows.
std::vector<Truth> turned_round(std::vector<Truth> truth, const std::vector<Target>& targets,
                                const std::vector<double>& means) {
  for (std::size_t t = 0; t < truth.size(); ++t) {
    const auto classes = static_cast<double>(targets[t].classes.size());
    for (double& value : truth[t]) {
      if (std::isnan(value)) continue;
      value = targets[t].task == Task::regression ? 2 * means[t] - value : std::fmod(value + 1, classes);
    }
  }
  return truth;
}

/// One fleet with one model, and the traffic that it is given.
class Range {
 public:
  static Result<std::unique_ptr<Range>> open(const DrillOptions& options, const lifecycle::ModelConfig& model,
                                             bool own_gates);

  Status train_first();
  /// Traffic whose labels come turned round, as many rows as the first version was trained on, then a training.
  Status train_on_turned_labels();
  /// Serves until one of the events comes; nothing where none did within drill_rows_per_fault.
  Result<std::optional<Event>> serve_until(std::initializer_list<std::string_view> types);
  Status serve(std::size_t rows);
  Status promote(const std::string& version);
  /// By an operator. Milliseconds until another version answers.
  Result<double> roll_back(const std::string& bad);

  void begin_fault() {
    rows_at_fault_ = rows_;
    failed_at_fault_ = failed_;
    answered_by_.clear();
    fault_began_ = clock_.now();
  }
  Json fault(const std::string& name, const std::string& by, const std::string& reason, const std::string& version,
             std::optional<double> switch_ms) const;
  std::uint64_t rows() const { return rows_; }
  std::string newest_version() const;
  double turn_ms() const { return turn_ms_; }

 private:
  Range(const DrillOptions& options, const lifecycle::ModelConfig& model) : options_(options), name_(model.name) {}
  Rows slice(std::size_t first, std::size_t count) const;
  Result<Event> newest_of(std::string_view type) const;

  const DrillOptions& options_;
  std::string name_;
  std::unique_ptr<ScratchDirectory> folder_;
  VirtualClock clock_;
  std::unique_ptr<lifecycle::Fleet> fleet_;
  lifecycle::ModelLoop* loop_ = nullptr;
  std::vector<InputColumn> available_;
  std::vector<Target> declared_;
  std::shared_ptr<const std::vector<Target>> targets_;
  Rows all_;
  std::vector<double> means_;  // of all_.truth
  bool turned_ = false;        // labels come turned round now
  std::size_t next_ = 0;       // of all_, where traffic goes on
  Duration shifted_{0};        // added to its times: the traffic is repeated
  std::uint64_t rows_ = 0;
  std::uint64_t failed_ = 0;
  std::map<std::string, std::uint64_t> answered_by_;
  std::uint64_t seen_ = 0;  // newest event that was looked at
  double turn_ms_ = 0;      // of the newest turn of the loop
  std::uint64_t rows_at_fault_ = 0;
  std::uint64_t failed_at_fault_ = 0;
  TimePoint fault_began_{};
};

double ms_since(std::chrono::steady_clock::time_point begun) {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count();
}

Result<std::unique_ptr<Range>> Range::open(const DrillOptions& options, const lifecycle::ModelConfig& model,
                                           bool own_gates) {
  std::unique_ptr<Range> range(new Range(options, model));
  ASSIGN_OR_RETURN(ModelSource source, ModelSource::open(model, options.data, options.config.replay.row_interval));
  ASSIGN_OR_RETURN(range->all_, source.next(drill_rows_read));
  if (range->all_.request.rows < least_drill_rows)
    return fail(ErrorCode::invalid, fmt::format("{} rows are too few for a drill", range->all_.request.rows),
                model.name, fmt::format("{} at least", least_drill_rows));
  for (const auto& truth : range->all_.truth) range->means_.push_back(mean_of(truth));
  range->available_ = source.available();
  range->declared_ = source.targets();
  ASSIGN_OR_RETURN(range->folder_, ScratchDirectory::make("drill"));

  lifecycle::FleetConfig config = options.config;
  config.models = {model};
  auto& own = config.models[0];
  own.triggers.when.clear();  // nothing but the drill asks for trainings
  own.alerts.clear();         // and nobody is woken by it
  own.source.reset();
  own.rollout.freeze_after = 0;
  own.rollout.needs_approval = false;  // waiting for a person would pass for a catch
  if (!own_gates) {
    ASSIGN_OR_RETURN(const ConfigNode none, ConfigNode::parse("gates: [{none: true}]", "drill"));
    own.gates_node = none["gates"];
  }
  lifecycle::FleetOptions fleet;
  fleet.data_dir = range->folder_->path();
  fleet.trainer = options.trainer;
  fleet.virtual_time = true;
  fleet.seed = options.seed;
  fleet.durable = false;
  range->clock_ = VirtualClock(range->all_.request.times.front());
  ASSIGN_OR_RETURN(range->fleet_, lifecycle::Fleet::open(std::move(config), std::move(fleet), range->clock_.now()));
  ASSIGN_OR_RETURN(range->loop_, range->fleet_->model(model.name));
  return range;
}

Rows Range::slice(std::size_t first, std::size_t count) const {
  Rows part;
  part.request = all_.request.slice(first, count);
  for (const auto& truth : all_.truth)
    part.truth.emplace_back(truth.begin() + static_cast<std::ptrdiff_t>(first),
                            truth.begin() + static_cast<std::ptrdiff_t>(first + count));
  return part;
}

Status Range::train_first() {
  const std::size_t half = all_.request.rows / 2;
  const Rows older = slice(0, half);
  next_ = half;
  clock_.advance_to(older.request.times.back());
  const auto lock = fleet_->lock();
  TRY(loop_->configure(available_, declared_, older.request, clock_.now()));
  targets_ = std::make_shared<const std::vector<Target>>(loop_->signature().targets);
  TRY(loop_->add_history(older.request, older.truth));
  TRY(loop_->request_training("initial", "a drill", clock_.now()));
  TRY(fleet_->tick(clock_.now()));
  TRY(fleet_->tick(clock_.now()));
  if (fleet_->state().registry().champion(name_) == nullptr) {
    const auto failed = newest_of(event_type::cycle_ended);
    return fail(ErrorCode::invalid, "no first version was made", name_, failed ? failed->body.value("reason", "") : "");
  }
  seen_ = fleet_->journal().last_seq();
  return {};
}

Status Range::train_on_turned_labels() {
  turned_ = true;
  TRY(serve(all_.request.rows / 2));
  turned_ = false;
  const auto lock = fleet_->lock();
  return loop_->request_training("drill", "a training on labels that were turned round", clock_.now());
}

Status Range::serve(std::size_t count) {
  for (std::size_t done = 0; done < count; done += drill_batch_rows) {
    if (interrupted()) return fail(ErrorCode::cancelled, "the drill was stopped", name_);
    if (next_ + drill_batch_rows > all_.request.rows) {
      next_ = all_.request.rows / 2;
      // The newer half again, after everything so far.
      shifted_ = clock_.now() - all_.request.times[next_] + std::chrono::microseconds(1);
    }
    Rows rows = slice(next_, drill_batch_rows);
    next_ += drill_batch_rows;
    serving::PredictBatch batch;
    feedback::LabelBatch labels;
    labels.targets = targets_;
    labels.truth = turned_ ? turned_round(std::move(rows.truth), *targets_, means_) : std::move(rows.truth);
    for (std::size_t i = 0; i < drill_batch_rows; ++i) {
      rows.request.times[i] = std::max(rows.request.times[i] + shifted_, clock_.now());
      clock_.advance_to(rows.request.times[i]);
      batch.ids.push_back(fmt::format("drill-{}", rows_ + i));
      labels.keys.push_back({batch.ids.back(), {}, {}});
    }
    rows_ += drill_batch_rows;
    batch.rows = std::move(rows.request);
    const auto answer = fleet_->predictor().predict(name_, std::move(batch));
    if (!answer) {
      if (failed_ == 0) say("drill: a request failed: " + answer.error().message());
      failed_ += drill_batch_rows;
    } else {
      for (const auto by : answer->answered_by) ++answered_by_[answer->answerers[by].version];
    }
    const auto lock = fleet_->lock();
    clock_.advance_by(std::chrono::microseconds(1));
    labels.received_at = clock_.now();
    TRY(loop_->label(std::move(labels)));
    const auto begun = std::chrono::steady_clock::now();
    TRY(fleet_->tick(clock_.now()));
    turn_ms_ = ms_since(begun);
  }
  return {};
}

Result<Event> Range::newest_of(std::string_view type) const {
  ASSIGN_OR_RETURN(const auto events, fleet_->journal().range(0, 1'000'000, name_));
  for (auto event = events.rbegin(); event != events.rend(); ++event)
    if (event->type == type) return *event;
  return fail(ErrorCode::not_found, fmt::format("no {}", type), name_);
}

Result<std::optional<Event>> Range::serve_until(std::initializer_list<std::string_view> types) {
  for (std::uint64_t served = 0; served < drill_rows_per_fault; served += drill_batch_rows) {
    TRY(serve(drill_batch_rows));
    ASSIGN_OR_RETURN(const auto events, fleet_->journal().range(seen_, 1000, name_));
    for (const auto& event : events) {
      seen_ = event.seq;
      if (std::ranges::find(types, event.type) != types.end()) return event;
    }
  }
  return std::nullopt;
}

Status Range::promote(const std::string& version) {
  const auto lock = fleet_->lock();
  if (const auto done = fleet_->promote(name_, version, true, {std::nullopt, "drill", "by force"}, clock_.now()); !done)
    return std::unexpected(done.error());
  seen_ = fleet_->journal().last_seq();
  return {};
}

Result<double> Range::roll_back(const std::string& bad) {
  const auto begun = std::chrono::steady_clock::now();
  {
    const auto lock = fleet_->lock();
    if (const auto done = fleet_->rollback(name_, {}, {std::nullopt, "drill", "operator"}, clock_.now()); !done)
      return std::unexpected(done.error());
  }
  const double ms = ms_since(begun);
  const auto before = answered_by_[bad];
  TRY(serve(drill_batch_rows));
  if (answered_by_[bad] != before)
    return fail(ErrorCode::internal, "the version that was taken back has answered again", name_);
  return ms;
}

std::string Range::newest_version() const {
  const auto& versions = fleet_->state().registry().versions(name_);
  return versions.empty() ? "" : versions.rbegin()->first.text();
}

Json Range::fault(const std::string& name, const std::string& by, const std::string& reason, const std::string& version,
                  std::optional<double> switch_ms) const {
  const auto number = parse_version(version);
  const auto* known = number ? fleet_->state().registry().find(name_, *number) : nullptr;
  const auto answered = answered_by_.find(version);
  return {{"fault", name},
          {"caught", !by.empty()},
          {"by", by.empty() ? Json(nullptr) : Json(by)},
          {"reason", reason},
          {"rows", rows_ - rows_at_fault_},
          {"answered_by_it", answered == answered_by_.end() ? 0 : answered->second},
          {"after", format_duration(std::chrono::floor<std::chrono::seconds>(clock_.now() - fault_began_))},
          {"switch_ms", switch_ms ? Json(*switch_ms) : Json(nullptr)},
          {"failed_requests", failed_ - failed_at_fault_},
          {"version", version.empty() ? Json(nullptr) : Json(version)},
          {"status", known == nullptr ? Json(nullptr) : Json(std::string(to_string(known->status)))}};
}

/// A version trained on labels that were turned round: who stops it?
Result<Json> bad_training(Range& range, const std::string& name) {
  TRY(range.train_on_turned_labels());
  range.begin_fault();
  ASSIGN_OR_RETURN(const auto end,
                   range.serve_until({event_type::cycle_ended, event_type::rollout_aborted, event_type::promoted}));
  const std::string version = range.newest_version();
  if (!end || end->type == event_type::promoted)
    return range.fault(name, "", end ? "it was promoted" : "nobody stopped it", version, {});
  const std::string reason = end->body.value("reason", "");
  if (end->type == event_type::rollout_aborted)
    return range.fault(name, end->body.value("from_phase", ""), reason, version, range.turn_ms());
  return range.fault(name, "gate", reason, end->body.value("version", ""), {});
}

}  // namespace

Result<Json> drill(const DrillOptions& options) {
  ASSIGN_OR_RETURN(const auto* model, options.config.model(options.model));
  Json faults = Json::array();
  std::uint64_t rows = 0;
  {
    say("drill: labels of the training data turned round");
    ASSIGN_OR_RETURN(const auto range, Range::open(options, *model, true));
    TRY(range->train_first());
    ASSIGN_OR_RETURN(Json caught, bad_training(*range, "bad training data"));
    faults.push_back(std::move(caught));
    rows += range->rows();
  }
  say("drill: a bad version that no gate has seen");
  ASSIGN_OR_RETURN(const auto range, Range::open(options, *model, false));
  TRY(range->train_first());
  ASSIGN_OR_RETURN(Json slipped, bad_training(*range, "bad version, no gate"));
  const std::string bad =
      slipped.value("version", Json(nullptr)).is_string() ? slipped["version"].get<std::string>() : "";
  faults.push_back(std::move(slipped));
  if (!bad.empty() && faults.back()["caught"] == true) {
    say("drill: the same version, promoted by force");
    range->begin_fault();
    TRY(range->promote(bad));
    ASSIGN_OR_RETURN(const auto back, range->serve_until({event_type::rolled_back, event_type::rollout_completed}));
    const bool caught = back && back->type == event_type::rolled_back;
    faults.push_back(range->fault("bad version, promoted by force", caught ? "watch" : "",
                                  back ? back->body.value("reason", "") : "nobody stopped it", bad,
                                  caught ? std::optional(range->turn_ms()) : std::nullopt));
    if (caught) {
      say("drill: once more, and an operator takes it back");
      range->begin_fault();
      TRY(range->promote(bad));
      TRY(range->serve(drill_batch_rows));
      ASSIGN_OR_RETURN(const double ms, range->roll_back(bad));
      faults.push_back(range->fault("bad version, operator's rollback", "operator", "perennial rollback", bad, ms));
    }
  }
  rows += range->rows();
  const bool ok = faults.size() == 4 && std::ranges::all_of(faults, [](const Json& fault) {
                    return fault["caught"] == true && fault["failed_requests"] == 0;
                  });
  return Json{{"model", model->name}, {"rows", rows}, {"ok", ok}, {"faults", std::move(faults)}};
}

}  // namespace perennial::app
