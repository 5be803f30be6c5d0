#include "app/demo/demo.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>

#include "app/demo/fleet_simulator.hpp"
#include "app/interrupt.hpp"
#include "app/output.hpp"
#include "app/report/words.hpp"
#include "http/server.hpp"
#include "lifecycle/desk.hpp"

namespace perennial::app {
namespace {

constexpr const char* config_text = R"(
version: 1
models:
  - name: turbofan
    description: remaining useful life and health of a fleet of engines
    entity: unit
    targets: {rul: regression, health: classification}
    primary: rul.rmse
    features:
      include: ["setting*", "s*"]
      derive: [{rolling: {columns: ["s*"], window: 10rows, stats: [mean]}}]
    monitor: {every: 200rows, window: 1000rows}
    train:
      params: {max_depth: 4, learning_rate: 0.1, rounds: 150, early_stopping: 20, min_child_weight: 5, lambda: 5}
      seed: 42
      split: time
    retrain:
      window: 4000rows
      cooldown: 3000rows
      when:
        - {drift: {share: 30%}}
        - {decay: {metric: rul.rmse, drop: 5%}}
    gates:
      - {metric: rul.rmse, vs: champion, better_by_at_least: 0, confidence: 90%}
    rollout:
      shadow: 400rows
      canary: {steps: [{weight: 10%, bake: 400rows}, {weight: 50%, bake: 400rows}], min_samples: 200, max_regression: 5%}
      watch: 2000rows
)";

constexpr std::size_t history_rows = 6000;
constexpr std::size_t batch_rows = 100;
constexpr std::size_t most_rows = 40000;  ///< the story is over long before

class Demo {
 public:
  explicit Demo(const DemoOptions& options)
      : options_(options), simulator_({100, options.seed, std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)}) {}
  Status run();

 private:
  Status open();
  Status learn();
  Status serve(std::size_t rows);
  Status serve_until(const std::string& event_type, const std::string& what);
  Status tell();
  Status step(const FleetRows& rows);

  const DemoOptions& options_;
  FleetSimulator simulator_;
  VirtualClock clock_;
  std::unique_ptr<lifecycle::Fleet> fleet_;
  std::unique_ptr<lifecycle::Desk> desk_;
  std::unique_ptr<http::Server> server_;
  lifecycle::ModelLoop* loop_ = nullptr;
  std::shared_ptr<const std::vector<Target>> targets_;
  std::uint64_t told_ = 0;
  bool alarm_told_ = false;
  std::uint64_t rows_ = 0;
};

std::vector<Truth> truth_of(const FleetRows& rows, const std::vector<Target>& targets) {
  std::vector<Truth> truth(2);
  truth[0] = rows.rul;
  for (const auto& health : rows.health) truth[1].push_back(targets[1].class_index(health));
  return truth;
}

Status Demo::open() {
  ASSIGN_OR_RETURN(auto config, lifecycle::parse_fleet(config_text, "demo"));
  std::error_code ignored;
  std::filesystem::remove_all(options_.data_dir, ignored);
  lifecycle::FleetOptions fleet;
  fleet.data_dir = options_.data_dir;
  fleet.trainer = options_.trainer;
  fleet.virtual_time = true;
  fleet.seed = options_.seed;
  ASSIGN_OR_RETURN(fleet_, lifecycle::Fleet::open(std::move(config), std::move(fleet), {}));
  ASSIGN_OR_RETURN(loop_, fleet_->model("turbofan"));
  desk_ = std::make_unique<lifecycle::Desk>(*fleet_, clock_);
  http::ServerOptions front;
  front.listen = options_.listen;
  const http::Backends backends{desk_.get(), desk_.get(), desk_.get(), desk_.get()};
  auto server = http::Server::start(front, backends);
  if (!server) {
    front.listen = "127.0.0.1:0";
    server = http::Server::start(front, backends);
  }
  if (!server) return std::unexpected(server.error());
  server_ = std::move(*server);
  return {};
}

/// The turns of the story; everything else is in the journal.
bool belongs_in_story(const Event& event, bool alarm_told) {
  static const std::vector<std::string_view> turns = {
      event_type::decay_detected,  event_type::retrain_requested, event_type::gate_evaluated,
      event_type::rollout_planned, event_type::rollout_advanced,  event_type::rollout_aborted,
      event_type::promoted,        event_type::rolled_back,       event_type::rollback_confirmed};
  if (event.type == event_type::drift_detected) return !alarm_told;
  return std::find(turns.begin(), turns.end(), event.type) != turns.end();
}

Status Demo::tell() {
  ASSIGN_OR_RETURN(const auto events, fleet_->journal().range(told_, 1000, "turbofan"));
  for (const auto& event : events) {
    told_ = event.seq;
    if (!belongs_in_story(event, alarm_told_)) continue;
    alarm_told_ = event.type == event_type::drift_detected || (alarm_told_ && event.type != event_type::promoted);
    print(fmt::format("  {}  {}", format_time(event.at).substr(0, 16), in_words(event)));
  }
  return {};
}

Status Demo::learn() {
  const FleetRows rows = simulator_.next_rows(history_rows);
  clock_ = VirtualClock(rows.table.times.front());
  clock_.advance_to(rows.table.times.back());
  std::vector<InputColumn> columns;
  for (const auto& name : FleetSimulator::feature_names()) columns.push_back({name, ColumnKind::numeric});
  const std::vector<Target> targets = {{"rul", Task::regression, {}},
                                       {"health", Task::multiclass, {"critical", "degrading", "healthy"}}};
  const auto lock = fleet_->lock();
  TRY(loop_->configure(columns, targets, rows.table, clock_.now()));
  targets_ = std::make_shared<const std::vector<Target>>(loop_->signature().targets);
  TRY(loop_->add_history(rows.table, truth_of(rows, *targets_)));
  TRY(loop_->request_training("initial", "the fleet's history is there", clock_.now()));
  TRY(fleet_->tick(clock_.now()));
  TRY(fleet_->tick(clock_.now()));
  return tell();
}

Status Demo::step(const FleetRows& rows) {
  serving::PredictBatch batch;
  feedback::LabelBatch labels;
  labels.targets = targets_;
  labels.truth = truth_of(rows, *targets_);
  for (std::size_t i = 0; i < rows.table.rows; ++i) {
    batch.ids.push_back(fmt::format("{}", rows_++));
    labels.keys.push_back({batch.ids.back(), {}, {}});
  }
  batch.rows = rows.table;
  const auto answer = fleet_->predictor().predict("turbofan", std::move(batch));
  if (!answer) return std::unexpected(answer.error());
  const auto lock = fleet_->lock();
  clock_.advance_to(rows.table.times.back());
  labels.received_at = clock_.now();
  TRY(loop_->label(std::move(labels)));
  TRY(fleet_->tick(clock_.now()));
  return tell();
}

Status Demo::serve(std::size_t rows) {
  for (std::size_t done = 0; done < rows; done += batch_rows) {
    if (interrupted()) return fail(ErrorCode::cancelled, "the demo was stopped");
    TRY(step(simulator_.next_rows(batch_rows)));
  }
  return {};
}

Status Demo::serve_until(const std::string& event_type, const std::string& what) {
  const std::uint64_t before = fleet_->state().count(event_type);
  for (std::size_t done = 0; done < most_rows; done += batch_rows) {
    if (fleet_->state().count(event_type) > before) return {};
    TRY(serve(batch_rows));
  }
  return fail(ErrorCode::internal, "the story did not go on: " + what + " did not happen", "demo");
}

Status Demo::run() {
  const auto begun = std::chrono::steady_clock::now();
  TRY(open());
  print(
      fmt::format("Perennial demo: a simulated fleet of turbofan engines, on the production code with a virtual "
                  "clock.\nWatch it at {}\n",
                  server_->url()));

  print(fmt::format("1. {} rows of history train the first version.", history_rows));
  TRY(learn());
  const TimePoint trained = clock_.now();
  const auto* first = fleet_->state().registry().champion("turbofan");
  if (first == nullptr) return fail(ErrorCode::internal, "no first version was made", "demo");
  const std::string first_version = first->number.text();

  print("\n2. It serves the fleet; every prediction is logged, labels come back.");
  TRY(serve(2000));

  print("\n3. The environment shifts: dust, heat, faster wear. Nobody tells the model.");
  simulator_.shift(1.0);
  TRY(serve_until(std::string(event_type::promoted), "the promotion of a retrained version"));
  const std::string good = fleet_->state().registry().champion("turbofan")->number.text();
  TRY(serve(1000));

  print(fmt::format("\n4. Somebody promotes version {} past all evidence. It knows nothing of the new environment.",
                    first_version));
  {
    const auto lock = fleet_->lock();
    const auto done = fleet_->promote("turbofan", first_version, true, {std::nullopt, "somebody", "slipped in by hand"},
                                      clock_.now());
    if (!done) return std::unexpected(done.error());
    TRY(tell());
  }
  TRY(serve_until(std::string(event_type::rollback_confirmed), "the rollback of the bad version"));

  const auto& registry = fleet_->state().registry();
  const auto* champion = registry.champion("turbofan");
  const auto* bad = registry.find("turbofan", *parse_version(first_version));
  if (champion->number.text() != good || bad->status != VersionStatus::quarantined)
    return fail(ErrorCode::internal, "the fleet is not served by the good version", "demo");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  const double virtual_hours = std::chrono::duration<double, std::ratio<3600>>(clock_.now() - trained).count();
  print(
      fmt::format("\nVersion {} was trained, gated, shadowed, canaried and promoted by itself; version {} was taken "
                  "back and put in quarantine.",
                  good, first_version));
  print(fmt::format(
      "{} predictions, {} journal events; {} of the fleet's time in {:.1f} s: time scale {:.0f} to 1.", rows_,
      fleet_->journal().last_seq(),
      format_duration(std::chrono::duration_cast<Duration>(std::chrono::hours(static_cast<long>(virtual_hours)))),
      seconds, virtual_hours * 3600 / std::max(seconds, 0.001)));
  print(fmt::format("Where to look: the page at {}; the journal, versions and logs in {}", server_->url(),
                    options_.data_dir));
  print(fmt::format("  perennial audit verify --data-dir {}", options_.data_dir));
  if (!options_.wait) return {};
  print("The page stays up until Ctrl-C.");
  while (!wait_for_interrupt(1000)) {
  }
  return {};
}

}  // namespace

Status demo(const DemoOptions& options) {
  Demo story(options);
  return story.run();
}

}  // namespace perennial::app
