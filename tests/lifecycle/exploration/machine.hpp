#pragma once
// The real control plane of one model, made to take one step from any state: ModelLoop (decide, train, validate,
// enroll, release, route), the registry's planners, the journal and the fold, on a virtual clock. Every step is made by
// a loop that was restored from the folded state alone, as after a restart.

#include <gtest/gtest.h>

#include <functional>
#include <optional>

#include "inference/graph.hpp"
#include "lifecycle/exploration/seen_rows.hpp"
#include "lifecycle/fleet_config.hpp"
#include "storage/temporary_directory.hpp"

namespace perennial::lifecycle::exploration {

struct Outcome {
  std::optional<Error> error;  ///< the loop itself failed; never right
  bool refused = false;        ///< a command was not allowed
  std::string why;
  std::vector<std::vector<Event>> appends;  ///< each all or none
  std::shared_ptr<const ControlState> after;
  TimePoint now{};
  Routing routing;
};

/// What the explorer drives. Mutants wrap the real one.
class Machine {
 public:
  virtual ~Machine() = default;
  virtual Moment begin() = 0;
  /// `seed` is that of all ids: the same arguments give the same outcome.
  virtual Outcome step(const Moment& from, const Input& input, std::uint64_t seed) = 0;
  virtual Routing route(const ControlState& state) = 0;
  /// What the config says while `input` happens.
  virtual const rollout::Plan& plan(const Input& input = {}) const = 0;
};

/// Trainings that never end by themselves.
class NoExecutor final : public training::Executor {
 public:
  Status start(const std::string&, TimePoint, Duration, training::TrainingWork) override { return {}; }
  std::vector<training::Finished> poll(TimePoint) override { return {}; }
  bool cancel(const std::string&) override { return false; }
  std::size_t running() const override { return 0; }
  std::optional<TimePoint> next_end() const override { return std::nullopt; }
};

class RealMachine final : public Machine {
 public:
  explicit RealMachine(const std::string& model_keys) : config_(parse(model_keys)), shorter_(config_) {
    auto& steps = shorter_.rollout.steps;
    if (!steps.empty() && (steps.size() > 1 || !shorter_.rollout.shadow.empty())) steps.pop_back();
    for (int n = 0; n < versions_known; ++n) {
      inference::GraphParts parts;
      parts.signature = signature_;
      parts.ensembles = {inference::constant_ensemble({static_cast<float>(n)}, inference::Link::identity, 1)};
      graphs_.push_back(inference::build_graph(parts).value());
    }
  }

  static constexpr int versions_known = 8;

  /// 1.0.0 serves, 1.0.1 was rejected.
  Moment begin() override {
    state_ = {};
    Outcome made;
    auto loop = open(start_, 1, made, config_, false);
    Table rows;
    rows.rows = 4;
    rows.columns = {Column{"a", ColumnKind::numeric, {1, 2, 3, 4}, {}, nullptr}};
    for (int i = 0; i < 4; ++i) rows.times.push_back(start_ - std::chrono::hours(4 - i));
    expect(loop->configure({{"a", ColumnKind::numeric}}, signature_.targets, rows, start_));
    expect(loop->request_training("initial", "the exploration begins", start_));
    loop->hold_trainings(true);
    loop->training_ended(finished(start_, 1));
    expect(loop->tick(start_));
    ModelVersion rejected = state_.registry().versions(model_name).begin()->second;
    rejected.number = {1, 0, 1};
    rejected.status = VersionStatus::rejected;
    rejected.artifact_digest = sha256_hex("a version that failed its gates");
    rejected.run_id = "rejected";
    const auto planned = state_.registry().plan_register(rejected);
    EXPECT_TRUE(planned && writer_->write(start_, *planned));
    Moment moment;
    moment.now = start_;
    for (const auto& append : made.appends)
      for (const auto& event : append) {
        moment.onlooker.see(event, {});
        moment.events.push_back(event);
      }
    moment.routing = routing_of(*loop);
    loop.reset();
    moment.state = std::make_shared<const ControlState>(std::move(state_));
    return moment;
  }

  Outcome step(const Moment& from, const Input& input, std::uint64_t seed) override {
    state_ = *from.state;
    Outcome outcome;
    outcome.now = from.now + input.passes;
    auto loop = open(from.now, seed, outcome, input.what == Happening::look_shorter_plan ? shorter_ : config_, true);
    if (!loop) return outcome;
    take(*loop, from, input, seed, outcome);
    outcome.routing = routing_of(*loop);
    loop.reset();
    outcome.after = std::make_shared<const ControlState>(std::move(state_));
    if (++steps_ % 1000 == 0) forget_journal();
    return outcome;
  }

  Routing route(const ControlState& state) override {
    state_ = state;
    Outcome ignored;
    const auto loop = open(start_, 1, ignored, config_, true);
    return loop ? routing_of(*loop) : Routing{};
  }

  const rollout::Plan& plan(const Input& input = {}) const override {
    return (input.what == Happening::look_shorter_plan ? shorter_ : config_).rollout;
  }
  const ModelConfig& config() const { return config_; }
  std::filesystem::path blobs() const { return directory_ / "blobs"; }

 private:
  static ModelConfig parse(const std::string& model_keys) {
    auto config = parse_fleet(R"(
models:
  - name: m
    targets: {y: regression}
    primary: y.rmse
    features: {include: [a]}
    monitor: {every: 3650d, estimate: none, answers: false}
    train: {min_rows: 10, params: {rounds: 1}}
    gates: [none]
    alerts: [log]
)" + model_keys,
                              "exploration.yaml");
    if (config) return config->models.front();
    ADD_FAILURE() << config.error().message();
    return {};
  }

  static void expect(const Status& status) { EXPECT_TRUE(status) << status.error().message(); }

  /// A loop whose state is `state_`, and whose appends go to `outcome`.
  std::unique_ptr<ModelLoop> open(TimePoint since, std::uint64_t seed, Outcome& outcome, const ModelConfig& config,
                                  bool restored) {
    writer_.emplace(*journal_, state_);
    ids_ = Rng(seed);
    std::uint64_t seen = 0;
    writer_->subscribe([this, &outcome, seen](const Event& event) mutable {
      // All events of an append are folded before the first of them is told.
      if (state_.events() != seen) outcome.appends.emplace_back();
      seen = state_.events();
      outcome.appends.back().push_back(event);
    });
    const Services services{&*writer_,   &state_, &sessions_, &files_,      &*blobs_,    &executor_,
                            &processes_, nullptr, &ids_,      "no trainer", "no scorer", (directory_ / "work").string(),
                            true,        since};
    auto loop = ModelLoop::open(config, services, "");
    if (loop && restored)
      if (const Status status = (*loop)->restore(); !status) loop = std::unexpected(status.error());
    if (loop) return std::move(*loop);
    outcome.error = loop.error();
    return nullptr;
  }

  void take(ModelLoop& loop, const Moment& from, const Input& input, std::uint64_t seed, Outcome& outcome) {
    const TimePoint now = outcome.now;
    const auto tick = [&](std::vector<Finished> ended = {}) {
      for (auto& run : ended) loop.training_ended(std::move(run));
      if (const Status status = loop.tick(now); !status) outcome.error = status.error();
      return !outcome.error;
    };
    const auto append = [&](const Result<std::vector<NewEvent>>& planned) {
      if (!planned) return refuse(planned.error(), outcome);
      if (const auto written = writer_->write(now, *planned); !written) outcome.error = written.error();
    };
    Json command = {{"actor", "operator"}};
    const auto version = [&] { return parse_version(input.version).value(); };
    loop.hold_trainings(true);
    switch (input.what) {
      case Happening::look:
      case Happening::look_shorter_plan:
        // A schedule has to have been looked at before its slot comes.
        if (!loop.config().triggers.when.empty()) {
          give_history(loop, now);
          if (const Status status = loop.tick(from.now); !status) outcome.error = status.error();
        }
        show(loop, input.seen);
        tick();
        break;
      case Happening::ask: {
        give_history(loop, now);
        api::TriggerEvent event;
        event.trigger = "manual";
        const auto answer = loop.decide_event(event, {std::nullopt, "operator", ""}, now);
        if (!answer) outcome.error = answer.error();
        else if (!answer->retrain) refuse({ErrorCode::conflict, answer->reason, {}, {}}, outcome);
        break;
      }
      case Happening::trained: tick({finished(now, seed)}); break;
      case Happening::refused: {
        auto ended = finished(now, seed);
        std::ranges::fill(ended.result->challenger_outputs.values, std::numeric_limits<float>::quiet_NaN());
        tick({std::move(ended)});
        break;
      }
      case Happening::broke:
        tick({{state_.model(model_name).cycle_job, now, fail(ErrorCode::io, "the trainer broke")}});
        break;
      case Happening::promote:
        show(loop, input.seen);
        if (!tick()) break;
        if (const Status status = loop.step_by_hand(version(), command, now); !status) refuse(status.error(), outcome);
        break;
      case Happening::promote_past: append(loop.plan_promotion(version(), "operator", command, now)); break;
      case Happening::rollback: append(loop.plan_rollback(std::nullopt, "operator", command, now)); break;
      case Happening::rollback_to: append(loop.plan_rollback(version(), "operator", command, now)); break;
    }
  }

  static void refuse(const Error& error, Outcome& outcome) {
    if (error.code != ErrorCode::conflict && error.code != ErrorCode::not_found) outcome.error = error;
    outcome.refused = true;
    outcome.why = error.message();
  }

  void give_history(ModelLoop& loop, TimePoint now) const {
    if (loop.rows_labelled() > 0) return;
    Table rows;
    rows.rows = 30;
    rows.columns = {Column{"a", ColumnKind::numeric, std::vector<double>(rows.rows, 1), {}, nullptr}};
    for (std::size_t i = 0; i < rows.rows; ++i) rows.times.push_back(now - std::chrono::minutes(rows.rows - i));
    expect(loop.add_history(rows, {Truth(rows.rows, 1)}));
    loop.hold_trainings(false);
  }

  /// The run of the present cycle, which made the next version's artifact.
  Finished finished(TimePoint now, std::uint64_t seed) const {
    const std::size_t number = state_.registry().versions(model_name).size();
    training::RunResult run;
    run.run_id = Rng(seed).fork("run").uuid();
    run.onnx = graphs_.at(number);
    run.artifact_digest = sha256_hex(run.onnx);
    run.signature = signature_;
    run.config_hash = sha256_hex("config");
    run.data_digest = sha256_hex("rows");
    run.data_version = "2026-01-01";
    run.holdout_digest = sha256_hex("held out");
    run.window = "all";
    run.split.train = {0, 1, 2};
    run.split.holdout.resize(20);
    run.split.train_from = run.split.train_to = start_ - std::chrono::hours(2);
    run.split.holdout_from = run.split.holdout_to = start_ - std::chrono::hours(1);
    run.holdout.inputs.rows = 20;
    run.holdout.truth = {Truth(20, 1)};
    run.challenger_outputs = {20, 1, std::vector<float>(20, 1.5F)};
    if (state_.registry().champion(model_name) != nullptr) run.champion_outputs = run.challenger_outputs;
    run.parity.passed = true;
    return {state_.model(model_name).cycle_job, now, std::move(run)};
  }

  static Routing routing_of(const ModelLoop& loop) {
    const auto route = loop.route();
    EXPECT_TRUE(route) << route.error().message();
    if (!route) return {};
    Routing routing;
    routing.champion = route->champion.version;
    if (route->challenger) {
      routing.challenger = route->challenger->servable.version;
      routing.weight = route->challenger->weight;
      routing.salt = route->challenger->salt;
    }
    for (const auto& shadow : route->shadows) routing.shadows.push_back(shadow.version);
    for (const auto& warm : route->warm) routing.warm.push_back(warm.version);
    return routing;
  }

  /// States are folded already, and numbers go on from the head: what is behind it is not read again.
  void forget_journal() { expect(database_.execute("DELETE FROM events WHERE seq < (SELECT max(seq) FROM events)")); }

  test::TemporaryDirectory directory_;
  storage::RealFiles files_;
  storage::Database database_ =
      storage::Database::open(directory_ / "perennial.db", storage::Database::Mode::scratch).value();
  std::optional<storage::Journal> journal_ = storage::Journal::open(database_).value();
  std::optional<storage::BlobStore> blobs_ = storage::BlobStore::open(files_, directory_ / "blobs").value();
  Sessions sessions_{*blobs_, "no scorer"};
  ModelConfig config_;
  ModelConfig shorter_;
  const TimePoint start_{std::chrono::sys_days(std::chrono::year(2026) / 1 / 5) + std::chrono::minutes(1)};
  const Signature signature_{{{"a", ColumnKind::numeric}}, {{"a", ColumnKind::numeric}}, {{"y", Task::regression, {}}}};
  std::vector<std::string> graphs_;
  ControlState state_;
  std::optional<EventWriter> writer_;
  Rng ids_{1};
  NoExecutor executor_;
  training::SpawnRunner processes_;
  std::uint64_t steps_ = 0;
};

}  // namespace perennial::lifecycle::exploration
