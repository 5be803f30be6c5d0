#include "app/backtest/policy_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "app/backtest/policies.hpp"
#include "app/report/body.hpp"
#include "lifecycle/metric_names.hpp"
#include "stats/metrics.hpp"

namespace perennial::app {
namespace {

constexpr std::array told = {event_type::retrain_requested, event_type::job_started, event_type::run_failed,
                             event_type::promoted,          event_type::rolled_back, event_type::cycle_ended};
constexpr std::array details = {"policy", "reason", "measured", "threshold", "outcome", "rows", "error"};

/// The replay's timeline without what every cycle repeats.
Json short_timeline(const Json& timeline) {
  Json kept = Json::array();
  for (const auto& entry : timeline) {
    const std::string type = entry.at("event").get<std::string>();
    if (std::find(told.begin(), told.end(), type) == told.end()) continue;
    Json short_entry = entry;
    Json detail = Json::object();
    for (const char* key : details)
      if (entry.at("detail").contains(key)) detail[key] = entry.at("detail").at(key);
    short_entry["detail"] = std::move(detail);
    kept.push_back(std::move(short_entry));
  }
  return kept;
}

/// What the served answers lose.
class LossCounter {
 public:
  Status begin(const lifecycle::ModelLoop& loop) {
    if (!targets_.empty()) return {};
    targets_ = loop.signature().targets;
    ASSIGN_OR_RETURN(const auto primary,
                     lifecycle::split_metric(loop.config().primary, targets_, loop.config().metrics));
    target_ = primary.target;
    offset_ = loop.signature().offset(target_);
    return {};
  }
  void add(const ReplayBatch& batch) {
    for (const double loss :
         stats::row_losses({batch.served->values, batch.served->width, offset_, &targets_[target_], batch.truth})) {
      if (std::isnan(loss)) continue;
      loss_ += loss;
      ++labelled_;
    }
  }
  double loss() const { return loss_; }
  std::uint64_t labelled() const { return labelled_; }

 private:
  std::vector<Target> targets_;
  std::size_t target_ = 0;
  std::size_t offset_ = 0;
  double loss_ = 0;
  std::uint64_t labelled_ = 0;
};

}  // namespace

std::vector<double> rows_to_production(const std::vector<Event>& events) {
  std::map<std::string, std::uint64_t> started;
  std::vector<double> rows;
  for (const auto& event : events) {
    const std::string job = text_of(event.body, "job");  // of a warning it may be null
    const auto row = event.body.value("row", std::uint64_t{0});
    if (event.type == event_type::job_started) started[job] = row;
    if (event.type != event_type::cycle_ended || text_of(event.body, "outcome") != "promoted") continue;
    // The first version is promoted before the first scored row.
    if (const auto found = started.find(job); found != started.end() && row > 0)
      rows.push_back(static_cast<double>(row - found->second));
  }
  return rows;
}

Result<LoopSetup> loop_setup(ReplayOptions replay) {
  LoopSetup setup;
  ASSIGN_OR_RETURN(const auto* model, replay.config.model(replay.model));
  setup.model = *model;
  setup.replay = std::move(replay);
  setup.replay.quiet = true;
  setup.replay.batch_rows = snap_rows;
  setup.replay.data_dir.clear();
  auto& triggers = setup.model.triggers;
  if (triggers.mode != triggers::Mode::autonomous) setup.changed.emplace_back("mode: autonomous, for want of a person");
  triggers.mode = triggers::Mode::autonomous;
  setup.model.rollout.needs_approval = false;
  setup.changed.push_back(fmt::format("retrain.cooldown: none instead of {}", format_span(triggers.cooldown)));
  triggers.cooldown = {};
  if (triggers.min_priority > 1)
    setup.changed.push_back(fmt::format("retrain.min_priority: 1 instead of {}", triggers.min_priority));
  triggers.min_priority = 1;
  if (triggers.window == nullptr && triggers.candidates.empty()) {
    triggers.window = triggers::sliding_window({Duration{0}, default_window_rows});
    setup.changed.push_back(fmt::format("retrain.window: {}, because the config has none", triggers.window->text()));
  }
  if (!triggers.candidates.empty())
    setup.changed.push_back("retrain.candidates: floor, oracle and grid train on the first of them alone");
  setup.changed.push_back(fmt::format("the loop turns every {} rows, so retrains begin on that grid", snap_rows));
  return setup;
}

Result<PolicyRun> run_policy(const LoopSetup& setup, std::string policy, const Json& when, Grid* grid,
                             const std::function<void(std::uint64_t)>& progress, Json* replay_report) {
  ReplayOptions options = setup.replay;
  lifecycle::ModelConfig model = setup.model;
  ASSIGN_OR_RETURN(model.triggers.when, make_policies(when));
  options.model = model.name;
  options.config.models = {std::move(model)};
  LossCounter losses;
  options.turned = [&](const ReplayMoment& moment) -> Status {
    TRY(losses.begin(*moment.loop));
    if (progress) progress(moment.row);
    return grid != nullptr ? grid->turned(moment) : Status{};
  };
  options.answered = [&](const ReplayBatch& batch) -> Status {
    losses.add(batch);
    return grid != nullptr ? grid->answered(batch) : Status{};
  };
  ASSIGN_OR_RETURN(ReplayResult replayed, replay(options));
  PolicyRun run;
  run.policy = std::move(policy);
  run.when = when;
  const Json& report = replayed.report;
  run.score = report.at("score").get<double>();
  run.retrains = report.at("retrains").get<std::uint64_t>();
  run.promotions = report.at("promotions").get<std::uint64_t>();
  run.rollbacks = report.at("rollbacks").get<std::uint64_t>();
  run.train_cpu_s = report.at("train_cpu_s").get<double>();
  run.loss = losses.loss();
  run.labelled = losses.labelled();
  run.rows_to_production = rows_to_production(replayed.events);
  run.timeline = short_timeline(report.at("timeline"));
  run.points = std::move(replayed.points);
  if (replay_report != nullptr) *replay_report = std::move(replayed.report);
  return run;
}

Result<PolicyRun> grid_policy(const Grid& grid, const RetrainPlan& plan, std::string policy, double first_cpu_s) {
  ASSIGN_OR_RETURN(GridRun served, grid.run(plan));
  PolicyRun run;
  run.policy = std::move(policy);
  run.score = served.score;
  run.loss = served.loss;
  run.retrains = run.promotions = plan.retrains.size();
  run.train_cpu_s = first_cpu_s + served.train_cpu_s;
  run.rows_to_production.assign(plan.retrains.size(), 0.0);
  for (std::size_t i = 0; i < served.retrain_rows.size(); ++i)
    run.timeline.push_back({{"row", served.retrain_rows[i]},
                            {"at", format_time(served.retrain_times[i])},
                            {"event", std::string(event_type::promoted)},
                            {"version", nullptr},
                            {"detail", {{"reason", "swapped in at once, in hindsight"}}}});
  run.points = std::move(served.points);
  return run;
}

}  // namespace perennial::app
