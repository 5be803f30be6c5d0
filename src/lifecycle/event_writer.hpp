#pragma once
// The only way from the loop into the journal: append, fold, tell the listeners.

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <span>
#include <vector>

#include "core/event.hpp"
#include "core/result.hpp"
#include "lifecycle/control_state.hpp"
#include "storage/journal.hpp"

namespace perennial::lifecycle {

/// Appends events and applies what was stored to the ControlState. The loop's thread (or the holder of its mutex) calls
/// write(); subscribe() and unsubscribe() are thread-safe.
///
/// A resumed replay starts with the events of the killed one ahead of it: write() then compares instead of appending,
/// until the stored ones are used up. So the same code makes the same journal, and a difference is an error that names
/// the first event that is not the same.
class EventWriter {
 public:
  EventWriter(storage::Journal& journal, ControlState& state) : journal_(&journal), state_(&state) {}

  /// All events of the journal from here on are expected to be written again, in order.
  Status expect_again(std::vector<Event> stored);

  /// All or none. Errors: those of Journal::append; internal (an event does not fit the state, or differs from the one
  /// that a killed replay had stored).
  Result<std::vector<Event>> write(TimePoint at, std::span<const NewEvent> events);
  Result<Event> write(TimePoint at, NewEvent event);

  /// Measured times of an event, outside the hash chain. Nothing is stored for events that are compared only.
  Status measure(std::uint64_t seq, const Json& values);

  std::uint64_t subscribe(std::function<void(const Event&)> listener);
  void unsubscribe(std::uint64_t id);

 private:
  storage::Journal* journal_;
  ControlState* state_;
  std::vector<Event> expected_;
  std::size_t next_expected_ = 0;
  std::mutex listeners_mutex_;
  std::map<std::uint64_t, std::function<void(const Event&)>> listeners_;  // guarded by listeners_mutex_
  std::uint64_t next_listener_ = 1;                                       // guarded by listeners_mutex_
};

}  // namespace perennial::lifecycle
