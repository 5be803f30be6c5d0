#include "http/event_hub.hpp"

namespace perennial::http {

EventHub::EventHub(api::Queries& queries) : queries_(queries) {
  subscription_ = queries_.subscribe([this](const Event&) { notify(); });
}

EventHub::~EventHub() { stop(); }

void EventHub::add(const std::shared_ptr<Wakeable>& stream) {
  const std::lock_guard lock(mutex_);
  std::erase_if(streams_, [](const auto& known) { return known.expired(); });
  streams_.push_back(stream);
}

void EventHub::stop() {
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) return;
    stopped_ = true;
    streams_.clear();
  }
  queries_.unsubscribe(subscription_);
}

void EventHub::notify() {
  std::vector<std::shared_ptr<Wakeable>> awake;  // released outside of the lock: the last owner may be here
  const std::lock_guard lock(mutex_);
  for (const auto& stream : streams_)
    if (auto alive = stream.lock()) {
      alive->wake();
      awake.push_back(std::move(alive));
    }
}

std::string render_events(const std::vector<Event>& events) {
  std::string text;
  for (const auto& event : events) {
    text += "id: " + std::to_string(event.seq) + "\ndata: ";
    text += to_text(api::to_json(event));  // compact JSON has no line breaks
    text += "\n\n";
  }
  return text;
}

}  // namespace perennial::http
