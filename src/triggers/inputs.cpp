#include "triggers/inputs.hpp"

#include <fmt/format.h>

namespace perennial::triggers {
namespace {

Json optional_time(const std::optional<TimePoint>& at) { return at ? Json(format_time(*at)) : Json(nullptr); }

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

}  // namespace

Json to_json(const TriggerMemory& memory) {
  Json fired = Json::object();
  for (const auto& [label, at] : memory.schedule_last_fired) fired[label] = format_time(at);
  Json since = Json::object();
  for (const auto& [label, at] : memory.floor_since) since[label] = format_time(at);
  return {{"watched_since", optional_time(memory.watched_since)},
          {"rows_at_watch", memory.rows_at_watch},
          {"last_success_at", optional_time(memory.last_success_at)},
          {"rows_at_last_success", memory.rows_at_last_success},
          {"last_failure_at", optional_time(memory.last_failure_at)},
          {"consecutive_failures", memory.consecutive_failures},
          {"schedule_last_fired", fired},
          {"schedule_last_fired_rows", Json(memory.schedule_last_fired_rows)},
          {"floor_streak", Json(memory.floor_streak)},
          {"floor_since", since},
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
  for (const char* key : {"schedule_last_fired", "floor_since"}) {
    ASSIGN_OR_RETURN(const Json times, read_map(value, key));
    auto& into = std::string_view(key) == "floor_since" ? memory.floor_since : memory.schedule_last_fired;
    for (const auto& [label, at] : times.items()) {
      ASSIGN_OR_RETURN(const auto instant, read_time(times, label.c_str()));
      if (!instant) return fail(ErrorCode::corrupt, fmt::format("'{}.{}' is not a time", key, label), "trigger memory");
      into[label] = *instant;
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
