// Starts the model's queued job. The loop never waits for it.

#include <fmt/format.h>

#include "lifecycle/evidence/gate_evidence.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

constexpr int nice_beside_serving = 10;

}  // namespace

Status ModelLoop::fail_job(const std::string& job, const Error& error, TimePoint now) {
  const std::vector<NewEvent> events = {{config_.name,
                                         std::string(event_type::run_failed),
                                         {{"job", job},
                                          {"error", error.message()},
                                          {"code", std::string(to_string(error.code))},
                                          {"cancelled", error.code == ErrorCode::cancelled},
                                          {"retry", false},
                                          {"row", rows_seen()}}},
                                        {config_.name,
                                         std::string(event_type::cycle_ended),
                                         {{"job", job},
                                          {"outcome", "failed"},
                                          {"reason", error.message()},
                                          {"times", to_json(state().cycle)},
                                          {"row", rows_seen()}}}};
  ASSIGN_OR_RETURN(const auto written, services_.events->write(now, events));
  alert(written.back(), "a retrain failed; the champion keeps serving", error.message());
  return {};
}

Result<training::TrainingRequest> ModelLoop::training_request(TimePoint now) {
  training::TrainingRequest request;
  request.model = config_.name;
  request.base = *base_;
  examples_.sort_by_time();
  examples_.set_aside(state().quarantines.ranges());
  TRY(choose_training_sets(request, now));
  TRY(check_training_rows(request.rows));
  if (request.rows.inputs.rows < config_.train.min_rows)
    return fail(ErrorCode::invalid, fmt::format("{} labelled rows are too few to train on", request.rows.inputs.rows),
                config_.name, fmt::format("at least {} (train.min_rows)", config_.train.min_rows));
  request.feature_plan = {{"features", config_.text.value("features", Json::object())},
                          {"frozen", state().configured.value("frozen", Json::object())}};
  request.config = config_.train;
  request.seed = config_.train.seed;
  request.trainer = services_.trainer;
  return request;
}

Status ModelLoop::start_queued(TimePoint now) {
  if (trainings_held_) return {};
  const training::Job* next = services_.state->jobs().next(limits::jobs_running, now);
  if (next == nullptr || next->model != config_.name || services_.executor->running() >= limits::jobs_running)
    return {};
  const std::string job = next->id;
  const std::string graph = next->graph;

  const auto start = [&]() -> Status {
    ASSIGN_OR_RETURN(auto asked, training_request(now));
    const auto running = std::make_shared<RunningTraining>(RunningTraining{std::move(asked), std::nullopt});
    auto& request = running->request;
    request.run_id = services_.ids->uuid();
    request.work_directory = services_.work_directory + "/" + request.run_id;
    std::optional<ModelVersion> champion;
    if (const auto* serving = services_.state->registry().champion(config_.name)) {
      champion = *serving;
      ASSIGN_OR_RETURN(request.champion, services_.sessions->get(*champion));
      request.champion_train_to = champion->train_to;
      // In a replay somebody waits for the trainer, and nobody is answered meanwhile.
      if (!services_.virtual_time) request.nice = nice_beside_serving;
    }
    if (!graph.empty()) {
      ASSIGN_OR_RETURN(request.graph, services_.blobs->get(graph));
      request.scorer = services_.scorer;
      request.sets.clear();  // nothing is trained: all rows judge alike
    }
    // Before the first version nobody waits for anything, so its training takes no virtual time.
    const Duration modelled =
        request.champion == nullptr ? Duration(0) : training::modelled_duration(training::training_size(request));
    NewEvent started{config_.name,
                     std::string(event_type::job_started),
                     {{"job", job},
                      {"run_id", request.run_id},
                      {"rows", request.rows.inputs.rows},
                      {"window", request.window},
                      {"rows_joined", rows_labelled_ - rows_of_history_},
                      {"row", rows_seen()}}};
    if (const auto change = newest_change())
      started.body["change"] = {{"at", format_time(change->at)}, {"found_by", change->found_by}};
    if (const auto written = services_.events->write(now, started); !written) return std::unexpected(written.error());
    labelled_at_training_ = rows_labelled_;
    running_[job] = running;
    return services_.executor->start(
        job, now, modelled,
        [running, champion, gates = gates_, monitor = config_.monitor, processes = services_.processes,
         cache = services_.cache](const training::CancelFlag& cancel) -> Result<training::RunResult> {
          ASSIGN_OR_RETURN(auto run, training::run(running->request, *processes, cache, cancel));
          // Seconds where an alarm budget is stated: neither on the loop's thread nor for what will not be kept.
          const auto verdict = gates::judge(gates, gate_evidence(run, champion ? &*champion : nullptr)).verdict;
          if (verdict == Verdict::pass)
            running->reference = training_reference(running->request.rows.inputs, run, monitor);
          return run;
        });
  };
  if (const Status status = start(); !status) return fail_job(job, status.error(), now);
  return {};
}

}  // namespace perennial::lifecycle
