#include "scenario/expectation.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "core/batch_events.hpp"
#include "core/catalog.hpp"
#include "core/estimate_events.hpp"
#include "core/importance_events.hpp"
#include "core/time.hpp"
#include "core/version_events.hpp"

namespace perennial::scenario {
namespace {

constexpr std::size_t most_listed = 20;
constexpr std::size_t most_body_bytes = 300;

const std::vector<std::string>& known_types() {
  static const std::vector<std::string> types = [] {
    std::vector<std::string> all;
    for (const auto type : {event_type::drift_detected,
                            event_type::drift_resolved,
                            event_type::data_quarantined,
                            event_type::data_released,
                            event_type::warning_raised,
                            event_type::decay_detected,
                            event_type::decay_resolved,
                            event_type::retrain_requested,
                            event_type::retrain_skipped,
                            event_type::job_queued,
                            event_type::job_started,
                            event_type::run_finished,
                            event_type::run_failed,
                            event_type::gate_evaluated,
                            event_type::version_registered,
                            event_type::version_status_changed,
                            event_type::rollout_planned,
                            event_type::rollout_advanced,
                            event_type::rollout_aborted,
                            event_type::rollout_completed,
                            event_type::promoted,
                            event_type::rolled_back,
                            event_type::rollback_confirmed,
                            event_type::cycle_ended,
                            event_type::model_configured,
                            event_type::approval_requested,
                            event_type::version_approved,
                            event_type::version_pinned,
                            event_type::version_unpinned,
                            event_type::artifacts_collected,
                            event_type::estimated_decay_detected,
                            event_type::estimated_decay_resolved,
                            event_type::importance_drift_detected,
                            event_type::importance_drift_resolved,
                            event_type::source_read,
                            event_type::batch_arrived,
                            event_type::batch_refused})
      all.emplace_back(type);
    return all;
  }();
  return types;
}

bool equal(const Json& value, const std::string& text) {
  if (value.is_string()) return value.get<std::string>() == text;
  if (value.is_number()) return std::abs(value.get<double>() - std::strtod(text.c_str(), nullptr)) < 1e-9;
  return to_text(value) == text;
}

bool compare(const Json& value, char comparison, const std::string& text) {
  switch (comparison) {
    case '~': return says(value.is_string() ? value.get<std::string>() : to_text(value), text);
    case '<': return value.is_number() && value.get<double>() < std::strtod(text.c_str(), nullptr);
    case '>': return value.is_number() && value.get<double>() > std::strtod(text.c_str(), nullptr);
    default: return equal(value, text);
  }
}

}  // namespace

bool says(std::string text, std::string part) {
  std::replace(text.begin(), text.end(), '_', ' ');
  std::replace(part.begin(), part.end(), '_', ' ');
  return text.find(part) != std::string::npos;
}

Result<EventPattern> EventPattern::parse(std::span<const std::string> words) {
  if (words.empty()) return fail(ErrorCode::usage, "the type of an event is expected");
  EventPattern pattern;
  pattern.type_ = words[0];
  if (std::find(known_types().begin(), known_types().end(), words[0]) == known_types().end())
    return unknown_name("event type", words[0], known_types(), {}, ErrorCode::usage);
  for (const auto& word : words.subspan(1)) {
    const auto at = word.find_first_of("=~<>");
    if (at == std::string::npos || at == 0)
      return fail(ErrorCode::usage, fmt::format("'{}' is no condition", word), {}, "key=value, key~text, key<1, key>1");
    pattern.conditions_.push_back({word.substr(0, at), word[at], word.substr(at + 1)});
  }
  return pattern;
}

bool EventPattern::holds(const Json& at, std::string_view path, const Condition& condition) {
  if (at.is_array())
    return std::any_of(at.begin(), at.end(), [&](const Json& item) { return holds(item, path, condition); });
  if (path.empty()) return compare(at, condition.comparison, condition.value);
  // Keys such as "churned.auc" have dots themselves: the whole rest is tried first.
  if (!at.is_object()) return false;
  if (const auto whole = at.find(std::string(path)); whole != at.end()) return holds(*whole, {}, condition);
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) return false;
  const auto next = at.find(std::string(path.substr(0, dot)));
  return next != at.end() && holds(*next, path.substr(dot + 1), condition);
}

bool EventPattern::matches(const Event& event) const {
  if (event.type != type_) return false;
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    if (condition.path == "at") return format_time(event.at) == condition.value;
    return holds(event.body, condition.path, condition);
  });
}

std::string list_events(std::span<const Event> events, const std::string& type) {
  std::vector<std::string> lines;
  for (const auto& event : events)
    if (type.empty() || event.type == type)
      lines.push_back(fmt::format("\n    {} {} {}", format_time(event.at), event.type,
                                  type.empty() ? event.body.value("reason", "").substr(0, 200)
                                               : to_text(event.body).substr(0, most_body_bytes)));
  std::string text;
  for (std::size_t i = lines.size() > most_listed ? lines.size() - most_listed : 0; i < lines.size(); ++i)
    text += lines[i];
  return text.empty() ? "\n    none" : text;
}

}  // namespace perennial::scenario
