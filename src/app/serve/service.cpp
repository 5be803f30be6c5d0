#include "app/serve/service.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/output.hpp"
#include "app/replay/source.hpp"
#include "http/server.hpp"
#include "lifecycle/desk.hpp"

namespace perennial::app {

struct Service::State {
  SystemClock clock;
  std::unique_ptr<lifecycle::Fleet> fleet;
  std::unique_ptr<lifecycle::Desk> desk;
  std::unique_ptr<http::Server> server;
  std::thread loop;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;  // guarded by mutex
  std::atomic<bool> healthy{true};
  Error error;  // written by the loop before healthy becomes false

  void turn();
  Status first_versions();
};

namespace {

/// What the model was started with; nothing before that.
Result<std::optional<SourceForm>> known_form(lifecycle::Fleet& fleet, const std::string& model) {
  const auto lock = fleet.lock();
  ASSIGN_OR_RETURN(const auto* loop, fleet.model(model));
  if (!loop->configured()) return std::nullopt;
  return form_of(loop->signature());
}

/// Reads the model's history into its loop and asks for the first version. The config's file is the history.
Status load_history(lifecycle::Fleet& fleet, const lifecycle::ModelConfig& model, TimePoint now) {
  ASSIGN_OR_RETURN(const auto form, known_form(fleet, model.name));
  ASSIGN_OR_RETURN(ModelSource source,
                   ModelSource::open(model, {}, fleet.config().replay.row_interval, true, form ? &*form : nullptr));
  bool first = true;
  std::uint64_t left = source.total_rows();
  for (;;) {
    // Only what the store keeps is derived and copied; older rows of the file still move the entities' states.
    ASSIGN_OR_RETURN(const Rows rows, source.next(20000));
    if (rows.request.rows == 0) break;
    const auto lock = fleet.lock();
    ASSIGN_OR_RETURN(auto* loop, fleet.model(model.name));
    if (first && !loop->configured()) TRY(loop->configure(source.available(), source.targets(), rows.request, now));
    first = false;
    TRY(loop->add_history(rows.request, rows.truth));
    left -= std::min<std::uint64_t>(left, rows.request.rows);
  }
  if (form)
    for (const auto& [column, count] : source.stream().unparsable())
      say(fmt::format("note: model '{}': {} values of '{}' are none that it was started with, and count as missing",
                      model.name, count, column));
  const auto lock = fleet.lock();
  ASSIGN_OR_RETURN(auto* loop, fleet.model(model.name));
  if (fleet.state().registry().champion(model.name) == nullptr && fleet.state().jobs().refusal(model.name).empty() &&
      fleet.state().model(model.name).cycle_job.empty())
    TRY(loop->request_training("initial", "the model has no version yet", now));
  return {};
}

}  // namespace

Status Service::State::first_versions() {
  for (const auto& model : fleet->config().models) {
    if (!model.source) {
      const auto lock = fleet->lock();
      ASSIGN_OR_RETURN(auto* model_loop, fleet->model(model.name));
      if (!model_loop->configured())
        say(fmt::format("note: model '{}' has no data.source: it cannot be trained before it has one", model.name));
      continue;
    }
    const Status status = load_history(*fleet, model, clock.now());
    const auto lock = fleet->lock();
    ASSIGN_OR_RETURN(auto* model_loop, fleet->model(model.name));
    TRY(model_loop->history_ended());
    model_loop->hold_trainings(false);
    // A source that cannot be read is told and leaves what serves alone.
    if (!status) {
      say("perennial: " + status.error().message());
      const auto event = fleet->events().write(
          clock.now(), NewEvent{model.name,
                                std::string(event_type::warning_raised),
                                {{"what", "data source cannot be read"}, {"reason", status.error().message()}}});
      if (!event) return std::unexpected(event.error());
      model_loop->alert(*event, "the data source cannot be read; the champion keeps serving", status.error().message());
    }
  }
  return {};
}

void Service::State::turn() {
  const auto give_up = [&](const Error& failure) {
    error = failure;
    healthy = false;
  };
  if (const Status status = first_versions(); !status) return give_up(status.error());
  for (;;) {
    {
      const auto lock = fleet->lock();
      const Status status = fleet->tick(clock.now());
      // A full disk is waited for: predictions go on, and the next tick tries again. Anything else is not survivable.
      if (!status && status.error().code != ErrorCode::disk_full) return give_up(status.error());
      desk->ticked(clock.now());
    }
    std::unique_lock lock(mutex);
    if (wake.wait_for(lock, fleet->config().tick, [&] { return stopping; })) return;
  }
}

Service::Service(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Service>> Service::start(ServiceOptions options) {
  auto state = std::make_unique<State>();
  lifecycle::FleetOptions fleet;
  fleet.data_dir = options.config.data_dir;
  fleet.trainer = options.trainer;
  const lifecycle::ServerConfig server = options.config.server;
  ASSIGN_OR_RETURN(state->fleet,
                   lifecycle::Fleet::open(std::move(options.config), std::move(fleet), state->clock.now()));
  for (const auto& model : state->fleet->config().models)
    if (model.source)
      if (const auto loop = state->fleet->model(model.name)) (*loop)->hold_trainings(true);
  state->desk = std::make_unique<lifecycle::Desk>(*state->fleet, state->clock);
  http::ServerOptions front;
  front.listen = server.listen;
  front.threads = server.threads;
  front.body_bytes = server.body_bytes;
  front.connections = server.connections;
  front.token = server.token;
  front.allowed_hosts = server.hosts;
  http::Backends backends;
  backends.predictions = state->desk.get();
  backends.labels = state->desk.get();
  backends.operations = state->desk.get();
  backends.queries = state->desk.get();
  ASSIGN_OR_RETURN(state->server, http::Server::start(front, backends));
  state->loop = std::thread([raw = state.get()] { raw->turn(); });
  return std::unique_ptr<Service>(new Service(std::move(state)));
}

Service::~Service() { (void)stop(); }

std::string Service::url() const { return state_->server->url(); }
std::vector<std::string> Service::models() const { return state_->fleet->model_names(); }
bool Service::healthy() const { return state_->healthy; }

Status Service::stop() {
  if (state_->server == nullptr) return {};
  state_->desk->draining();
  state_->server->stop();
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->wake.notify_all();
  if (state_->loop.joinable()) state_->loop.join();
  state_->fleet->predictor().drain();
  (void)state_->fleet->interrupt_jobs(state_->clock.now());  // not journalled: it counts as an attempt, no more
  state_->server.reset();
  state_->desk.reset();
  state_->fleet.reset();
  if (!state_->healthy) return std::unexpected(state_->error);
  return {};
}

}  // namespace perennial::app
