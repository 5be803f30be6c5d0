#include "app/serve/service.hpp"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "app/output.hpp"
#include "app/serve/batch_watch.hpp"
#include "app/serve/model_history.hpp"
#include "http/server.hpp"
#include "lifecycle/desk.hpp"

namespace perennial::app {

struct Service::State {
  SystemClock clock;
  std::unique_ptr<lifecycle::Fleet> fleet;
  std::unique_ptr<lifecycle::Desk> desk;
  std::unique_ptr<http::Server> server;
  std::unique_ptr<BatchWatch> watch;
  std::thread loop;
  std::mutex mutex;
  std::condition_variable wake;
  bool stopping = false;  // guarded by mutex
  std::atomic<bool> healthy{true};
  Error error;  // written by the loop before healthy becomes false

  void turn();
  Status first_versions();
};

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
    {
      const auto lock = fleet->lock();
      ASSIGN_OR_RETURN(auto* model_loop, fleet->model(model.name));
      TRY(model_loop->history_ended());
      model_loop->hold_trainings(false);
    }
    // A source that cannot be read is told and leaves what serves alone.
    if (!status) TRY(tell_unreadable(*fleet, model.name, status.error(), clock.now()));
  }
  return {};
}

void Service::State::turn() {
  const auto give_up = [&](const Error& failure) {
    error = failure;
    healthy = false;
  };
  if (const Status status = first_versions(); !status) return give_up(status.error());
  watch->start();
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
  state->watch = std::make_unique<BatchWatch>(*state->fleet, state->clock);
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
  state_->watch->stop();
  state_->fleet->predictor().drain();
  (void)state_->fleet->interrupt_jobs(state_->clock.now());  // not journalled: it counts as an attempt, no more
  state_->server.reset();
  state_->desk.reset();
  state_->fleet.reset();
  if (!state_->healthy) return std::unexpected(state_->error);
  return {};
}

}  // namespace perennial::app
