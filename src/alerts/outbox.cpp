#include "alerts/outbox.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <set>
#include <thread>

namespace perennial::alerts {

struct Outbox::State {
  std::vector<std::unique_ptr<Channel>> channels;
  OutboxOptions options;
  std::function<void(const Delivery&)> done;

  mutable std::mutex mutex;
  std::condition_variable changed;
  std::deque<Alert> waiting;
  std::deque<Alert> recorded;
  std::deque<std::string> key_order;
  std::set<std::string> keys;
  OutboxCounts counts;
  bool delivering = false;
  bool stopping = false;  ///< no more waiting, no more tries
  std::thread worker;

  void remember(const std::string& key);
  void work();
  void deliver(const Alert& alert);
  Delivery deliver_on(Channel& channel, const Alert& alert);
};

namespace {

bool is_worth_another_try(const Error& error) {
  return error.code == ErrorCode::io || error.code == ErrorCode::timeout || error.code == ErrorCode::overloaded;
}

}  // namespace

void Outbox::State::remember(const std::string& key) {
  if (key.empty()) return;
  keys.insert(key);
  key_order.push_back(key);
  if (key_order.size() > limits::alerts_queue) {
    keys.erase(key_order.front());
    key_order.pop_front();
  }
}

Delivery Outbox::State::deliver_on(Channel& channel, const Alert& alert) {
  Delivery delivery{alert, channel.name(), 0, false, {}};
  Duration backoff = options.first_backoff;
  while (true) {
    {
      std::lock_guard lock(mutex);
      if (stopping) {
        if (delivery.error.empty()) delivery.error = "the server stopped before it was sent";
        return delivery;
      }
    }
    ++delivery.attempts;
    const auto status = channel.send(alert);
    if (status) {
      delivery.delivered = true;
      delivery.error.clear();
      return delivery;
    }
    delivery.error = status.error().message();
    if (delivery.attempts >= options.attempts || !is_worth_another_try(status.error())) return delivery;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, backoff, [&] { return stopping; });
    backoff = std::min(backoff * 2, options.longest_backoff);
  }
}

void Outbox::State::deliver(const Alert& alert) {
  for (const auto& channel : channels) {
    const Delivery delivery = deliver_on(*channel, alert);
    {
      std::lock_guard lock(mutex);
      ++(delivery.delivered ? counts.delivered : counts.failed);
    }
    if (done) done(delivery);
  }
}

void Outbox::State::work() {
  while (true) {
    Alert alert;
    {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return stopping || !waiting.empty(); });
      if (waiting.empty()) return;
      alert = std::move(waiting.front());
      waiting.pop_front();
      delivering = true;
    }
    deliver(alert);
    {
      std::lock_guard lock(mutex);
      delivering = false;
    }
    changed.notify_all();
  }
}

Outbox::Outbox(std::vector<std::unique_ptr<Channel>> channels, OutboxOptions options,
               std::function<void(const Delivery&)> done)
    : state_(std::make_unique<State>()) {
  state_->channels = std::move(channels);
  state_->options = options;
  state_->done = std::move(done);
  if (!options.record_only && !state_->channels.empty())
    state_->worker = std::thread([state = state_.get()] { state->work(); });
}

Outbox::~Outbox() { stop(Duration::zero()); }

Result<Accepted> Outbox::send(Alert alert) {
  {
    std::lock_guard lock(state_->mutex);
    if (!alert.key.empty() && state_->keys.contains(alert.key)) {
      ++state_->counts.duplicates;
      return Accepted::duplicate;
    }
    if (state_->options.record_only) {
      state_->remember(alert.key);
      state_->recorded.push_back(std::move(alert));
      if (state_->recorded.size() > limits::alerts_queue) state_->recorded.pop_front();
      ++state_->counts.queued;
      return Accepted::queued;
    }
    if (state_->stopping) return fail(ErrorCode::cancelled, "alerts are no longer sent: the server is stopping");
    // Without a channel there is nobody to tell and nothing to keep.
    if (state_->channels.empty()) {
      state_->remember(alert.key);
      return Accepted::queued;
    }
    if (state_->waiting.size() >= state_->options.queue) {
      ++state_->counts.refused;
      return fail(ErrorCode::overloaded, "too many alerts are waiting for delivery", alert.model,
                  "the receiver is slow or away; the journal has every event");
    }
    state_->remember(alert.key);
    state_->waiting.push_back(std::move(alert));
    ++state_->counts.queued;
  }
  state_->changed.notify_all();
  return Accepted::queued;
}

std::vector<Alert> Outbox::take_recorded() {
  std::lock_guard lock(state_->mutex);
  std::vector<Alert> taken(std::make_move_iterator(state_->recorded.begin()),
                           std::make_move_iterator(state_->recorded.end()));
  state_->recorded.clear();
  return taken;
}

OutboxCounts Outbox::counts() const {
  std::lock_guard lock(state_->mutex);
  return state_->counts;
}

void Outbox::stop(Duration most) {
  {
    std::unique_lock lock(state_->mutex);
    if (state_->worker.joinable())
      state_->changed.wait_for(lock, most, [&] { return state_->waiting.empty() && !state_->delivering; });
    state_->stopping = true;
  }
  state_->changed.notify_all();
  if (state_->worker.joinable()) state_->worker.join();
}

}  // namespace perennial::alerts
