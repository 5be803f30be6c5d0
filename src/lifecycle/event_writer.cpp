#include "lifecycle/event_writer.hpp"

#include <fmt/format.h>

namespace perennial::lifecycle {
namespace {

bool same(const Event& stored, TimePoint at, const NewEvent& event) {
  return stored.at == at && stored.model == event.model && stored.type == event.type &&
         to_text(stored.body) == to_text(event.body);
}

}  // namespace

Status EventWriter::expect_again(std::vector<Event> stored) {
  if (next_expected_ < expected_.size()) return fail(ErrorCode::internal, "events are expected already");
  expected_ = std::move(stored);
  next_expected_ = 0;
  return {};
}

Result<std::vector<Event>> EventWriter::write(TimePoint at, std::span<const NewEvent> events) {
  std::vector<Event> written;
  while (!events.empty() && next_expected_ < expected_.size()) {
    const Event& stored = expected_[next_expected_];
    if (!same(stored, at, events.front()))
      return fail(
          ErrorCode::internal,
          fmt::format("the resumed replay makes another event than the one that is stored as number {} ({} at {})",
                      stored.seq, stored.type, format_time(stored.at)),
          "journal", "it was started with another file, config, seed or build; use a new data directory");
    written.push_back(stored);
    ++next_expected_;
    events = events.subspan(1);
  }
  if (!events.empty()) {
    ASSIGN_OR_RETURN(auto appended, journal_->append(at, events));
    for (auto& event : appended) written.push_back(std::move(event));
  }
  for (const auto& event : written) TRY(state_->apply(event));
  const std::lock_guard lock(listeners_mutex_);
  for (const auto& event : written)
    for (const auto& [id, listener] : listeners_) listener(event);
  return written;
}

Result<Event> EventWriter::write(TimePoint at, NewEvent event) {
  ASSIGN_OR_RETURN(auto events, write(at, std::span<const NewEvent>(&event, 1)));
  return std::move(events.front());
}

Status EventWriter::measure(std::uint64_t seq, const Json& values) { return journal_->measure(seq, values); }

std::uint64_t EventWriter::subscribe(std::function<void(const Event&)> listener) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.emplace(next_listener_, std::move(listener));
  return next_listener_++;
}

void EventWriter::unsubscribe(std::uint64_t id) {
  const std::lock_guard lock(listeners_mutex_);
  listeners_.erase(id);
}

}  // namespace perennial::lifecycle
