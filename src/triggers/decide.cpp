#include "triggers/decide.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "core/limits.hpp"

namespace perennial::triggers {
namespace {

constexpr std::string_view manual = "manual";

/// A decision before ranking: `wants` = its policy fired, or somebody asked.
struct Candidate {
  Decision decision;
  bool wants = false;
};

std::string sentence_of(const ManualRequest& request) {
  std::string text = "asked for by " + (request.actor.empty() ? std::string("a person") : request.actor);
  if (!request.reason.empty()) text += ": " + request.reason;
  return text;
}

Candidate answer_event(const TriggerConfig& config, const ExternalEvent& event, std::size_t position) {
  Candidate candidate;
  Decision& decision = candidate.decision;
  decision.policy = event.trigger;
  decision.event_id = event.id;
  decision.priority = event.priority;
  if (position >= limits::trigger_events_per_tick) {
    decision.reason = fmt::format("more than {} events at once, send it again", limits::trigger_events_per_tick);
    return candidate;
  }
  if (event.trigger == manual) {
    decision.human = true;
    decision.reason = "asked for by a manual event";
    candidate.wants = true;
    return candidate;
  }
  if (event.priority < 1 || event.priority > 5) {
    decision.reason = fmt::format("priority {} is not 1 to 5", event.priority);
    return candidate;
  }
  std::vector<std::string> known{std::string(manual)};
  for (const auto& policy : config.when) {
    if (policy->takes_event(event.trigger)) {
      decision.policy = policy->label();
      decision.priority = policy->priority().value_or(event.priority);
      decision.reason = fmt::format("event '{}' was received", event.trigger);
      candidate.wants = true;
      return candidate;
    }
    if (policy->label().starts_with("event:")) known.push_back(policy->label().substr(6));
  }
  decision.reason = fmt::format("no policy takes events named '{}'; known: {}", event.trigger, fmt::join(known, ", "));
  return candidate;
}

/// Why nothing but (where marked) a person may start a training now; empty where one may.
std::string suppression(const TriggerConfig& config, const TriggerInputs& inputs, const TriggerMemory& memory,
                        const Decision& decision, TimePoint now) {
  if (memory.job_active && !inputs.waits_for_person.empty()) return inputs.waits_for_person;
  if (memory.job_active)
    return decision.event_id.empty() ? "a retrain is already running"
                                     : "a retrain is already running, the request is coalesced with it";
  if (decision.human) return {};
  if (!inputs.data_bug.empty()) return inputs.data_bug;
  if (decision.priority < config.min_priority)
    return fmt::format("priority {} below {}", decision.priority, config.min_priority);
  if (const auto until = backoff_until(memory); until && now < *until)
    return fmt::format("backoff until {} after {} failed {}", format_time(*until), memory.consecutive_failures,
                       memory.consecutive_failures == 1 ? "training" : "trainings");
  if (const auto until = cooldown_until(config, memory); until && now < *until)
    return "cooldown until " + format_time(*until);
  if (config.cooldown.rows > 0 && memory.last_success_at) {
    const std::uint64_t until = memory.rows_at_last_success + config.cooldown.rows;
    if (inputs.rows_seen < until) return fmt::format("cooldown until row {}", until);
  }
  return {};
}

void age(const TriggerConfig& config, const TriggerMemory& memory, Decision& decision, TimePoint now) {
  const auto waiting = memory.waiting_since.find(decision.policy);
  if (waiting == memory.waiting_since.end() || config.aging.count() <= 0) return;
  const auto gained = (now - waiting->second) / config.aging;
  if (gained <= 0 || decision.priority >= 5) return;
  decision.priority = static_cast<int>(std::min<std::int64_t>(5, decision.priority + gained));
  decision.reason += fmt::format(", waiting since {}", format_time(waiting->second));
}

}  // namespace

std::optional<TimePoint> backoff_until(const TriggerMemory& memory) {
  if (memory.consecutive_failures <= 0 || !memory.last_failure_at) return std::nullopt;
  Duration wait = backoff_first;
  for (int i = 1; i < memory.consecutive_failures && wait < backoff_most; ++i) wait *= 2;
  return *memory.last_failure_at + std::min(wait, backoff_most);
}

std::optional<TimePoint> cooldown_until(const TriggerConfig& config, const TriggerMemory& memory) {
  if (!memory.last_success_at || config.cooldown.rows > 0) return std::nullopt;
  return *memory.last_success_at + config.cooldown.duration;
}

std::vector<Decision> decide(const TriggerConfig& config, const TriggerInputs& inputs, const TriggerMemory& memory,
                             TimePoint now) {
  std::vector<Candidate> candidates;
  for (const auto& request : inputs.manual) {
    Candidate candidate;
    candidate.decision.policy = manual;
    candidate.decision.reason = sentence_of(request);
    candidate.decision.priority = 5;
    candidate.decision.event_id = request.id;
    candidate.decision.human = true;
    candidate.wants = true;
    candidates.push_back(std::move(candidate));
  }
  for (std::size_t i = 0; i < inputs.events.size(); ++i)
    candidates.push_back(answer_event(config, inputs.events[i], i));
  for (const auto& policy : config.when) {
    const auto finding = policy->look(inputs, memory, now);
    if (!finding) continue;
    Candidate candidate;
    candidate.decision.policy = policy->label();
    candidate.decision.reason = finding->reason;
    candidate.decision.measured = finding->measured;
    candidate.decision.threshold = finding->threshold;
    candidate.decision.priority = policy->priority().value_or(finding->priority);
    candidate.wants = finding->fired;
    candidates.push_back(std::move(candidate));
  }

  Candidate* winner = nullptr;
  for (auto& candidate : candidates) {
    if (!candidate.wants) continue;
    Decision& decision = candidate.decision;
    decision.wanted = true;
    if (decision.event_id.empty()) age(config, memory, decision, now);
    if (const auto why_not = suppression(config, inputs, memory, decision, now); !why_not.empty()) {
      decision.reason = fmt::format("{} ({})", why_not, decision.reason);
      candidate.wants = false;
      continue;
    }
    const auto rank = [](const Decision& d) { return std::pair(d.human, d.priority); };
    if (winner == nullptr || rank(winner->decision) < rank(decision)) winner = &candidate;
  }
  const bool alone = config.mode == Mode::autonomous || winner == nullptr || winner->decision.human;
  std::vector<Decision> decisions;
  for (auto& candidate : candidates) {
    Decision& decision = candidate.decision;
    decision.retrain = &candidate == winner && alone;
    if (&candidate == winner && !alone) {
      decision.advised = true;
      decision.reason = fmt::format(
          "{} ({})", config.mode == Mode::advisory ? "advice only, the mode is advisory" : "waits for approval",
          decision.reason);
    } else if (candidate.wants && !decision.retrain)
      decision.reason = fmt::format("the retrain is {} by '{}' ({})", alone ? "started" : "asked for",
                                    winner->decision.policy, decision.reason);
    decisions.push_back(decision);
  }
  return decisions;
}

TriggerMemory remember(const TriggerConfig& config, const TriggerInputs& inputs, TriggerMemory memory,
                       const std::vector<Decision>& decisions, TimePoint now) {
  for (const auto& policy : config.when) {
    const bool started = std::ranges::any_of(decisions, [&](const Decision& decision) {
      return decision.retrain && decision.event_id.empty() && decision.policy == policy->label();
    });
    policy->remember(inputs, started, now, memory);
  }
  if (!memory.watched_since) {
    memory.watched_since = now;
    memory.rows_at_watch = inputs.rows_seen;
  }
  for (const auto& decision : decisions) {
    if (!decision.event_id.empty() || decision.advised) continue;
    if (decision.wanted) memory.waiting_since.emplace(decision.policy, now);
    else memory.waiting_since.erase(decision.policy);
  }
  // One training answers all that asked for one.
  if (std::ranges::any_of(decisions, &Decision::retrain)) {
    memory.waiting_since.clear();
    memory.job_active = true;
  }
  return memory;
}

TriggerMemory after_success(TriggerMemory memory, TimePoint at, std::uint64_t rows_seen) {
  memory.last_success_at = at;
  memory.rows_at_last_success = rows_seen;
  memory.consecutive_failures = 0;
  memory.job_active = false;
  return memory;
}

TriggerMemory after_failure(TriggerMemory memory, TimePoint at) {
  memory.last_failure_at = at;
  ++memory.consecutive_failures;
  memory.job_active = false;
  return memory;
}

std::optional<TimePoint> next_due(const TriggerConfig& config, const std::string& model, const TriggerMemory& memory,
                                  TimePoint now) {
  std::optional<TimePoint> earliest;
  for (const auto& policy : config.when)
    if (const auto due = policy->next_due(model, memory, now); due && (!earliest || *due < *earliest)) earliest = due;
  return earliest;
}

Json to_json(const Decision& decision) {
  const auto number = [](double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); };
  return {{"decision", decision.retrain ? "retrain" : "skip"},
          {"policy", decision.policy},
          {"reason", decision.reason},
          {"measured", number(decision.measured)},
          {"threshold", number(decision.threshold)},
          {"priority", decision.priority},
          {"event_id", decision.event_id.empty() ? Json(nullptr) : Json(decision.event_id)},
          {"human", decision.human},
          {"advised", decision.advised}};
}

}  // namespace perennial::triggers
