#include "triggers/inputs.hpp"

#include <fmt/format.h>

namespace perennial::triggers {
namespace {

Json optional_time(const std::optional<TimePoint>& at) { return at ? Json(format_time(*at)) : Json(nullptr); }

Json times_json(const std::map<std::string, TimePoint>& times) {
  Json all = Json::object();
  for (const auto& [label, at] : times) all[label] = format_time(at);
  return all;
}

Result<std::optional<TimePoint>> read_time(const Json& value, const char* key) {
  const auto found = value.find(key);
  if (found == value.end() || found->is_null()) return std::optional<TimePoint>{};
  if (!found->is_string()) return fail(ErrorCode::corrupt, fmt::format("'{}' is not a time", key), "trigger memory");
  ASSIGN_OR_RETURN(const TimePoint at, parse_time(found->get<std::string>()));
  return std::optional<TimePoint>(at);
}

Result<std::uint64_t> read_count(const Json& value, const std::string& key) {
  const auto found = value.find(key);
  if (found == value.end() || !found->is_number_integer() || found->get<std::int64_t>() < 0)
    return fail(ErrorCode::corrupt, fmt::format("'{}' is not a count", key), "trigger memory");
  return found->get<std::uint64_t>();
}

Result<Json> read_map(const Json& value, const char* key) {
  const auto found = value.find(key);
  if (found == value.end() || !found->is_object())
    return fail(ErrorCode::corrupt, fmt::format("'{}' is not an object", key), "trigger memory");
  return *found;
}

Status read_times(const Json& value, const char* key, std::map<std::string, TimePoint>& into) {
  ASSIGN_OR_RETURN(const Json times, read_map(value, key));
  for (const auto& [label, at] : times.items()) {
    ASSIGN_OR_RETURN(const auto instant, read_time(times, label.c_str()));
    if (!instant) return fail(ErrorCode::corrupt, fmt::format("'{}.{}' is not a time", key, label), "trigger memory");
    into[label] = *instant;
  }
  return {};
}

}  // namespace

Json to_json(const TriggerMemory& memory) {
  return {{"watched_since", optional_time(memory.watched_since)},
          {"rows_at_watch", memory.rows_at_watch},
          {"last_success_at", optional_time(memory.last_success_at)},
          {"rows_at_last_success", memory.rows_at_last_success},
          {"last_failure_at", optional_time(memory.last_failure_at)},
          {"consecutive_failures", memory.consecutive_failures},
          {"schedule_last_fired", times_json(memory.schedule_last_fired)},
          {"schedule_last_fired_rows", Json(memory.schedule_last_fired_rows)},
          {"floor_streak", Json(memory.floor_streak)},
          {"floor_since", times_json(memory.floor_since)},
          {"looked_rows", Json(memory.looked_rows)},
          {"fired_at", times_json(memory.fired_at)},
          {"waiting_since", times_json(memory.waiting_since)},
          {"job_active", memory.job_active}};
}

Result<TriggerMemory> trigger_memory_from_json(const Json& value) {
  if (!value.is_object()) return fail(ErrorCode::corrupt, "not an object", "trigger memory");
  TriggerMemory memory;
  ASSIGN_OR_RETURN(memory.watched_since, read_time(value, "watched_since"));
  ASSIGN_OR_RETURN(memory.rows_at_watch, read_count(value, "rows_at_watch"));
  ASSIGN_OR_RETURN(memory.last_success_at, read_time(value, "last_success_at"));
  ASSIGN_OR_RETURN(memory.rows_at_last_success, read_count(value, "rows_at_last_success"));
  ASSIGN_OR_RETURN(memory.last_failure_at, read_time(value, "last_failure_at"));
  ASSIGN_OR_RETURN(const std::uint64_t failures, read_count(value, "consecutive_failures"));
  memory.consecutive_failures = static_cast<int>(std::min<std::uint64_t>(failures, 1'000'000));
  TRY(read_times(value, "schedule_last_fired", memory.schedule_last_fired));
  TRY(read_times(value, "floor_since", memory.floor_since));
  // Written since the priced policies and ensembles exist; an older journal does not have them.
  if (value.contains("fired_at")) TRY(read_times(value, "fired_at", memory.fired_at));
  if (value.contains("waiting_since")) TRY(read_times(value, "waiting_since", memory.waiting_since));
  if (value.contains("looked_rows")) {
    ASSIGN_OR_RETURN(const Json looked, read_map(value, "looked_rows"));
    for (const auto& [label, rows] : looked.items()) {
      ASSIGN_OR_RETURN(memory.looked_rows[label], read_count(looked, label));
    }
  }
  ASSIGN_OR_RETURN(const Json fired_rows, read_map(value, "schedule_last_fired_rows"));
  for (const auto& [label, rows] : fired_rows.items()) {
    ASSIGN_OR_RETURN(memory.schedule_last_fired_rows[label], read_count(fired_rows, label));
  }
  ASSIGN_OR_RETURN(const Json streaks, read_map(value, "floor_streak"));
  for (const auto& [label, streak] : streaks.items()) {
    ASSIGN_OR_RETURN(const std::uint64_t count, read_count(streaks, label));
    memory.floor_streak[label] = static_cast<int>(std::min<std::uint64_t>(count, 1'000'000));
  }
  const auto active = value.find("job_active");
  if (active == value.end() || !active->is_boolean())
    return fail(ErrorCode::corrupt, "'job_active' is not true or false", "trigger memory");
  memory.job_active = active->get<bool>();
  return memory;
}

}  // namespace perennial::triggers
