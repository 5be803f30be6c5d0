// From a data directory to running loops: stores, the journal's fold, models, interrupted jobs.

#include <fmt/format.h>

#include <filesystem>
#include <random>

#include "lifecycle/fleet.hpp"
#include "lifecycle/prediction_account.hpp"

namespace perennial::lifecycle {
namespace {

std::uint64_t machine_seed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

/// A training that ended and passed its gates, while the process ended before its version was registered: its artifact
/// was never stored, so it has to be made again.
const training::Job* unregistered_run(const ControlState& state, const std::string& model) {
  const auto* job = state.jobs().find(state.model(model).cycle_job);
  if (job == nullptr || job->status != training::JobStatus::running) return nullptr;
  const std::string run = job->result.value("run_id", "");
  for (const auto& [number, version] : state.registry().versions(model))
    if (version.run_id == run) return nullptr;
  return job;
}

}  // namespace

Fleet::Fleet(FleetConfig config, FleetOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      ids_(options_.virtual_time ? options_.seed : machine_seed()) {}

Fleet::~Fleet() {
  // One patience for all of them: what waits beyond is delivered by nobody.
  const TimePoint until = SystemClock().now() + std::chrono::seconds(2);
  for (auto& [name, box] : outboxes_) box->stop(std::max(Duration(0), until - SystemClock().now()));
  predictor_.reset();  // finishes waiting evidence while the loops that take it still live
  executor_.reset();
}

Result<std::unique_ptr<Fleet>> Fleet::open(FleetConfig config, FleetOptions options, TimePoint now) {
  std::unique_ptr<Fleet> fleet(new Fleet(std::move(config), std::move(options)));
  TRY(fleet->open_stores());
  TRY(fleet->open_journal(now));
  if (fleet->options_.read_only) return fleet;
  TRY(fleet->open_loops());
  if (!fleet->options_.virtual_time) {
    for (auto& [name, loop] : fleet->loops_) TRY(loop->restore());
    for (const auto& pending : fleet->slot_->read()) fleet->overrides_[pending.model] = pending;
    // With a full disk the versions serve all the same; the first tick with space tells the journal.
    if (const Status resumed = fleet->resume_jobs(now); !resumed && resumed.error().code != ErrorCode::disk_full)
      return std::unexpected(resumed.error());
    if (fleet->resumed_) TRY(fleet->reconcile(now));
  }
  TRY(fleet->apply(now));
  return fleet;
}

Status Fleet::open_stores() {
  if (options_.files == nullptr) {
    own_files_ = std::make_unique<storage::RealFiles>();
    options_.files = own_files_.get();
  }
  files_ = options_.files;
  const storage::Path root = options_.data_dir;
  if (!options_.read_only) {
    TRY(files_->make_dirs(root));
    ASSIGN_OR_RETURN(lock_, files_->lock(root));
    std::error_code ignored;  // leftovers of trainings that a crash interrupted; made again where needed
    std::filesystem::remove_all(root / "work", ignored);
    // A replay makes its feedback again, as it does its journal.
    if (options_.virtual_time) std::filesystem::remove_all(root / "feedback", ignored);
  } else if (!std::filesystem::exists(root / "perennial.db")) {
    return fail(ErrorCode::not_found, "there is no data directory of Perennial here", root.string(),
                "name one with --data-dir, or a server with --url");
  }
  ASSIGN_OR_RETURN(
      database_, storage::Database::open(root / "perennial.db", options_.read_only ? storage::Database::Mode::read_only
                                                                : options_.durable ? storage::Database::Mode::read_write
                                                                                   : storage::Database::Mode::scratch));
  ASSIGN_OR_RETURN(journal_, storage::Journal::open(*database_));
  if (options_.read_only) {
    ASSIGN_OR_RETURN(blobs_, storage::BlobStore::open(*files_, root / "blobs"));
    return {};
  }
  ASSIGN_OR_RETURN(key_value_, storage::KeyValue::open(*database_));
  ASSIGN_OR_RETURN(blobs_, storage::BlobStore::open(*files_, root / "blobs"));
  ASSIGN_OR_RETURN(slot_, storage::OverrideSlot::open(*files_, root / "override.slot"));
  memo_.emplace(*key_value_);
  if (options_.scorer.empty())
    options_.scorer = (std::filesystem::path(options_.trainer).parent_path() / "perennial-scorer").string();
  sessions_.emplace(*blobs_, options_.scorer);
  return {};
}

Status Fleet::open_journal(TimePoint) {
  events_.emplace(*journal_, state_);
  if (options_.virtual_time) {
    std::vector<Event> stored;
    TRY(journal_->read(0, [&](const Event& event) -> Status {
      stored.push_back(event);
      return {};
    }));
    return events_->expect_again(std::move(stored));
  }
  return journal_->read(0, [&](const Event& event) { return state_.apply(event); });
}

Status Fleet::open_loops() {
  if (options_.virtual_time) executor_ = std::make_unique<training::VirtualExecutor>();
  else executor_ = std::make_unique<training::ThreadExecutor>();
  const std::string root = options_.data_dir;
  const Services services{&*events_,
                          &state_,
                          &*sessions_,
                          files_,
                          &*blobs_,
                          executor_.get(),
                          &processes_,
                          options_.run_cache != nullptr ? options_.run_cache : &*memo_,
                          &ids_,
                          options_.trainer,
                          options_.scorer,
                          root + "/work",
                          options_.virtual_time,
                          options_.virtual_time ? std::nullopt : std::optional(SystemClock().now())};
  for (const auto& model : config_.models) {
    ASSIGN_OR_RETURN(loops_[model.name], ModelLoop::open(model, services, feedback_folder(root, model.name)));
    alerts::OutboxOptions outbox;
    outbox.record_only = options_.virtual_time;
    ASSIGN_OR_RETURN(auto channels, alerts::make_channels(model.alerts));
    outboxes_[model.name] = std::make_unique<alerts::Outbox>(std::move(channels), outbox);
  }
  events_->subscribe([this](const Event& event) {
    if (event.type == event_type::rolled_back) to_confirm_.push_back(event);
    if (event.type == event_type::cycle_ended && !options_.virtual_time) to_prune_.insert(event.model);
  });
  serving::PredictorOptions serving;
  serving.evidence_inline = options_.virtual_time;
  if (options_.virtual_time) {
    serving.modelled_latency_us = options_.latency_us;
    if (!serving.modelled_latency_us)
      serving.modelled_latency_us = [](const serving::Servable&, std::size_t) { return 500.0; };
  }
  serving.answering = [this](const std::string& model, std::size_t rows) {
    if (const auto found = loops_.find(model); found != loops_.end()) found->second->on_answer(rows);
  };
  predictor_ = std::make_unique<serving::Predictor>(
      router_,
      [this](const std::string& model, std::shared_ptr<const feedback::PredictionRecord> record) {
        if (options_.tap) options_.tap(model, *record);
        if (const auto found = loops_.find(model); found != loops_.end()) found->second->on_record(std::move(record));
      },
      serving);
  return {};
}

Status Fleet::resume_jobs(TimePoint now) {
  std::vector<NewEvent> events;
  for (const auto& [name, loop] : loops_) {
    if (const auto log = loop->log_status(); log.rows_lost_before > 0 || !log.loss_is_exact)
      events.push_back({name,
                        std::string(event_type::warning_raised),
                        {{"what", "predictions were answered and not logged"},
                         {"reason", fmt::format("{}{} rows, when the process ended before this start",
                                                log.loss_is_exact ? "" : "at least ", log.rows_lost_before)},
                         {"rows", log.rows_lost_before},
                         {"exact", log.loss_is_exact}}});
    const auto* running = state_.jobs().running_of(name);
    const auto* unfinished = running != nullptr ? running : unregistered_run(state_, name);
    if (unfinished == nullptr) continue;
    const int attempts = unfinished->attempt;
    if (attempts < static_cast<int>(limits::job_attempts)) {
      events.push_back({name,
                        std::string(event_type::run_failed),
                        {{"job", unfinished->id},
                         {"error", "the process ended while it ran"},
                         {"attempt", attempts},
                         {"not_before", format_time(now + training::retry_backoff(attempts))},
                         {"retry", true}}});
      continue;
    }
    const std::string why = fmt::format("the process ended while it ran, {} times", attempts);
    events.push_back(
        {name,
         std::string(event_type::run_failed),
         {{"job", unfinished->id}, {"error", why}, {"attempt", attempts}, {"cancelled", false}, {"retry", false}}});
    events.push_back({name,
                      std::string(event_type::cycle_ended),
                      {{"job", unfinished->id},
                       {"outcome", "failed"},
                       {"reason", why},
                       {"times", to_json(state_.model(name).cycle)},
                       {"row", loop->rows_seen()}}});
  }
  events.push_back({"", std::string(event_type::server_started), {{"models", model_names()}}});
  ASSIGN_OR_RETURN(const auto written, events_->write(now, events));
  for (const auto& event : written) {
    if (event.type == event_type::warning_raised) {
      loops_.at(event.model)->losses_told(event);
    } else if (event.type == event_type::cycle_ended) {
      loops_.at(event.model)
          ->alert(event, "a retrain was given up; the champion keeps serving", event.body.value("reason", ""));
    }
  }
  resumed_ = true;
  return {};
}

Status Fleet::interrupt_jobs(TimePoint now) {
  std::vector<NewEvent> events;
  for (const auto& [name, loop] : loops_)
    if (const auto* running = state_.jobs().running_of(name))
      events.push_back(
          {name,
           std::string(event_type::run_failed),
           {{"job", running->id}, {"error", "the server was stopped"}, {"interrupted", true}, {"retry", true}}});
  if (events.empty()) return {};
  if (const auto written = events_->write(now, events); !written) return std::unexpected(written.error());
  return {};
}

}  // namespace perennial::lifecycle
