// Retrains at times: cron in a time zone, or every so much time or so many rows (capabilities rows 3, 4, 12, 13).

#include <fmt/format.h>

#include <algorithm>

#include "core/hash.hpp"
#include "triggers/cron.hpp"
#include "triggers/policies/members.hpp"

namespace perennial::triggers {
namespace {

/// A slot waits until a training may start, once however many slots pass meanwhile, and is served by any training of
/// the model that succeeds after it: so a daily schedule and a cooldown of a day do not skip every second day.
class SchedulePolicy final : public Policy {
 public:
  std::optional<Cron> cron;
  Span every;
  Duration jitter{0};
  bool catch_up = false;

  std::optional<Finding> look(const TriggerInputs& inputs, const TriggerMemory& memory, TimePoint now) const override {
    if (every.rows > 0) return look_at_rows(inputs, memory);
    const auto from = anchor(memory);
    if (!from) return std::nullopt;
    const auto due = slot_after(inputs.model, *from, base(*from, memory, inputs));
    if (due && *due <= now)
      return Finding{.fired = true, .reason = fmt::format("{} was due at {}", words(), format_time(*due))};
    if (const auto missed = missed_slot(*from, memory, inputs); missed && *missed <= now)
      return Finding{.fired = false,
                     .reason = fmt::format("the slot at {} was missed while the loop was not running, misfire: skip",
                                           format_time(*missed))};
    return std::nullopt;
  }

  void remember(const TriggerInputs& inputs, bool started, TimePoint now, TriggerMemory& memory) const override {
    const auto from = anchor(memory);
    if (!from || started) {
      memory.schedule_last_fired[label()] = now;
      memory.schedule_last_fired_rows[label()] = inputs.rows_seen;
      return;
    }
    if (every.rows > 0) return;
    // A missed slot is told once. An interval keeps its grid.
    if (const auto missed = missed_slot(*from, memory, inputs); missed && *missed <= now) {
      TimePoint last = *inputs.running_since;
      if (!cron) last = *from + ((*inputs.running_since - *from) / every.duration) * every.duration;
      memory.schedule_last_fired[label()] = last;
    }
  }

  std::optional<TimePoint> next_due(const std::string& model, const TriggerMemory& memory,
                                    TimePoint now) const override {
    if (every.rows > 0) return std::nullopt;
    const TimePoint from = anchor(memory).value_or(now);
    const auto due = slot_after(model, from, served_until(from, memory));
    return due ? std::optional(std::max(*due, now)) : std::nullopt;
  }

  std::string describe() const override {
    std::string text = cron ? fmt::format("at '{}' in {}", cron->text(), cron->timezone())
                            : fmt::format("every {}", format_span(every));
    if (jitter.count() > 0) text += fmt::format(", later by up to {} (fixed per model)", format_duration(jitter));
    if (every.rows == 0)
      text += catch_up ? "; slots missed while down are caught up once" : "; slots missed while down are skipped";
    return text;
  }

 private:
  std::string words() const {
    return cron ? fmt::format("schedule '{}' ({})", cron->text(), cron->timezone())
                : fmt::format("schedule every {}", format_span(every));
  }

  std::optional<TimePoint> anchor(const TriggerMemory& memory) const {
    const auto fired = memory.schedule_last_fired.find(label());
    return fired == memory.schedule_last_fired.end() ? memory.watched_since : std::optional(fired->second);
  }

  static TimePoint served_until(TimePoint from, const TriggerMemory& memory) {
    return memory.last_success_at ? std::max(from, *memory.last_success_at) : from;
  }

  /// Slots up to here do not count any more.
  TimePoint base(TimePoint from, const TriggerMemory& memory, const TriggerInputs& inputs) const {
    const TimePoint served = served_until(from, memory);
    return !catch_up && inputs.running_since ? std::max(served, *inputs.running_since) : served;
  }

  std::optional<TimePoint> slot_after(const std::string& model, TimePoint from, TimePoint after) const {
    if (!cron) return from + ((after - from) / every.duration + 1) * every.duration;
    const Duration shift{jitter.count() == 0
                             ? 0
                             : static_cast<std::int64_t>(hash64(model) % static_cast<std::uint64_t>(jitter.count()))};
    const auto slot = cron->next_after(after - shift);
    return slot ? std::optional(*slot + shift) : std::nullopt;
  }

  std::optional<TimePoint> missed_slot(TimePoint from, const TriggerMemory& memory, const TriggerInputs& inputs) const {
    if (catch_up || !inputs.running_since) return std::nullopt;
    const auto slot = slot_after(inputs.model, from, served_until(from, memory));
    return slot && *slot <= *inputs.running_since ? slot : std::nullopt;
  }

  std::optional<Finding> look_at_rows(const TriggerInputs& inputs, const TriggerMemory& memory) const {
    const auto fired = memory.schedule_last_fired_rows.find(label());
    if (fired == memory.schedule_last_fired_rows.end() && !memory.watched_since) return std::nullopt;
    const std::uint64_t from = fired == memory.schedule_last_fired_rows.end() ? memory.rows_at_watch : fired->second;
    const std::uint64_t served = memory.last_success_at ? std::max(from, memory.rows_at_last_success) : from;
    const std::uint64_t due = from + ((served - from) / every.rows + 1) * every.rows;
    if (inputs.rows_seen < due) return std::nullopt;
    return Finding{.fired = true,
                   .reason = fmt::format("{} was due at row {}", words(), due),
                   .measured = static_cast<double>(inputs.rows_seen - from),
                   .threshold = static_cast<double>(every.rows)};
  }
};

Result<std::shared_ptr<const Policy>> make(const ConfigNode& item, std::string label) {
  TRY(item.check_keys({"schedule", "every", "timezone", "jitter", "misfire", "priority"}));
  auto policy = std::make_shared<SchedulePolicy>();
  const auto schedule = item["schedule"];
  auto every = item["every"];
  if (schedule.is_map()) {
    TRY(schedule.check_keys({"every"}));
    every = schedule["every"];
  }
  if (every.defined() == schedule.is_scalar())
    return item.error("a schedule is one of a cron expression and 'every'",
                      "such as {schedule: \"0 2 * * SUN\"} or {every: 7d}");
  if (every.defined()) {
    ASSIGN_OR_RETURN(policy->every, every.span());
    if (policy->every.empty()) return every.error("a schedule can't come due all the time", "such as 7d or 1000rows");
    for (const char* key : {"timezone", "jitter"})
      if (item[key].defined()) return item[key].error(fmt::format("'{}' goes with a cron expression", key));
    policy->catch_up = true;
  } else {
    ASSIGN_OR_RETURN(const std::string text, schedule.text());
    std::string zone = "UTC";
    if (const auto node = item["timezone"]; node.defined()) {
      ASSIGN_OR_RETURN(zone, node.text());
    }
    ASSIGN_OR_RETURN(policy->cron, Cron::parse(text, zone, schedule.place()));
    if (const auto node = item["jitter"]; node.defined()) {
      ASSIGN_OR_RETURN(policy->jitter, node.duration());
    }
  }
  if (const auto node = item["misfire"]; node.defined()) {
    ASSIGN_OR_RETURN(const std::string rule, node.text());
    if (rule != "skip" && rule != "catch_up_once")
      return unknown_name("misfire rule", rule, std::vector<std::string>{"skip", "catch_up_once"}, node.place());
    policy->catch_up = rule == "catch_up_once";
  }
  return finished(std::move(policy), item, std::move(label));
}

}  // namespace

PolicyKind schedule_kind() {
  return {
      {"schedule",
       "at times (cron, @daily and so on) or every so much time or so many rows",
       {{"schedule", "", "cron with 5 fields, @hourly, @daily, @weekly, @monthly, @yearly", "", "when it comes due"},
        {"every", "", "> 0", "time or rows", "instead of a cron expression"},
        {"timezone", "UTC", "IANA name", "", "of the cron expression"},
        {"jitter", "0s", ">= 0", "time", "later by a share of this that is fixed per model"},
        {"misfire", "skip (cron), catch_up_once (every)", "one of skip, catch_up_once", "", "slots missed while down"},
        {"priority", "3", "1..5", "", "of the request"}}},
      make};
}

}  // namespace perennial::triggers
