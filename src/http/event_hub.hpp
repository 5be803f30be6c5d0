#pragma once
// Tells open event streams that the journal has grown. Streams fetch events themselves, from where they stand: a slow
// one costs no memory, only its own delay.

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/queries.hpp"

namespace perennial::http {

inline constexpr std::size_t events_per_page = 64;  ///< fetched and sent at once to one client

/// What the hub wakes. wake() must be quick and callable from any thread.
class Wakeable {
 public:
  virtual ~Wakeable() = default;
  virtual void wake() = 0;
};

/// Thread-safe.
class EventHub {
 public:
  explicit EventHub(api::Queries& queries);
  ~EventHub();
  EventHub(const EventHub&) = delete;
  EventHub& operator=(const EventHub&) = delete;

  void add(const std::shared_ptr<Wakeable>& stream);
  /// No wake() begins after this. Idempotent.
  void stop();

 private:
  void notify();

  api::Queries& queries_;
  std::uint64_t subscription_ = 0;
  std::mutex mutex_;
  bool stopped_ = false;
  std::vector<std::weak_ptr<Wakeable>> streams_;
};

/// "id: 42\ndata: {…}\n\n" for each.
std::string render_events(const std::vector<Event>& events);

}  // namespace perennial::http
