#include "app/report/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <vector>

#include "app/report/body.hpp"
#include "app/report/monitor_words.hpp"
#include "app/report/phrases.hpp"
#include "core/batch_events.hpp"
#include "core/estimate_events.hpp"
#include "core/importance_events.hpp"
#include "core/version_events.hpp"

namespace perennial::app {
namespace {

constexpr std::size_t named_columns = 5;

/// "a, b, c and 4 more".
std::string names_in(const Json& body, const char* key) {
  std::string words;
  std::size_t shown = 0;
  std::size_t all = 0;
  for (const auto& name : list_of(body, key)) {
    if (!name.is_string()) continue;
    if (++all > named_columns) continue;
    words += (shown++ == 0 ? "" : ", ") + name.get<std::string>();
  }
  return all > shown ? fmt::format("{} and {} more", words, all - shown) : words;
}

std::string version_of(const Json& body, const char* key = "version") {
  const std::string version = text_of(body, key);
  return version.empty() ? "a version" : "version " + version;
}

/// " (measured 0.31, threshold 0.3)", or nothing where the reason names the measured value already.
std::string measured(const Json& body) {
  const auto value = number_of(body, "measured");
  if (!value) return {};
  const std::string reason = text_of(body, "reason");
  for (const std::string& written : {fmt::format("{:.3g}", *value), number_in_words(*value)})
    if (reason.find(written) != std::string::npos) return {};
  const auto threshold = number_of(body, "threshold");
  if (!threshold) return fmt::format(" (measured {})", number_in_words(*value));
  return fmt::format(" (measured {}, threshold {})", number_in_words(*value), number_in_words(*threshold));
}

std::string phase_in_words(const Json& body, const char* key) {
  std::string phase = text_of(body, key);
  if (phase != "canary") return phase;
  const auto weight = number_of(body, "weight");
  return weight ? fmt::format("canary with {} of the traffic", percent(*weight)) : phase;
}

std::string replay_started(const Json& b) {
  const auto rows = number_of(b, "rows");
  if (!rows) return "the replay started";
  const auto warmup = number_of(b, "warmup_rows");
  return fmt::format("the replay of {} rows started{}", number_in_words(*rows),
                     warmup ? fmt::format("; the first {} train the first version", number_in_words(*warmup)) : "");
}
std::string replay_finished(const Json& b) {
  const auto rows = number_of(b, "rows");
  return rows ? fmt::format("the replay of {} rows is done", number_in_words(*rows)) : "the replay is done";
}
std::string server_started(const Json& b) {
  const std::string models = names_in(b, "models");
  return models.empty() ? "the server started" : "the server started with " + models;
}
std::string model_configured(const Json& b) {
  const std::string primary = text_of(b, "primary");
  return primary.empty() ? "the model was set up" : "the model was set up; it is judged by " + primary;
}
std::string drift_detected(const Json& b) {
  const std::size_t columns = list_of(b, "columns").size();
  const auto share = number_of(b, "drift_share");
  const auto score = number_of(b, "score");
  std::string words = "the inputs no longer look like the training data";
  if (columns > 0) words += fmt::format(": {} drifted ({})", count_in_words(columns, "column"), names_in(b, "columns"));
  std::string facts;
  if (share) facts += percent(*share) + " of all columns";
  if (score) facts += (facts.empty() ? "" : ", ") + ("largest PSI " + number_in_words(*score));
  return facts.empty() ? words : words + "; " + facts;
}
std::string drift_resolved(const Json& b) {
  const std::string columns = names_in(b, "columns");
  return columns.empty() ? "the inputs look like the training data again"
                         : "the inputs look like the training data again: " + columns;
}
std::string data_quarantined(const Json& b) {
  const std::string reason = text_of(b, "reason");
  return reason.empty() ? "the data is broken; it trains nothing until it is good again"
                        : "the data is broken, so nothing is retrained: " + reason;
}
std::string data_released(const Json& b) {
  const auto rows = number_of(b, "rows");
  std::string words = flag_of(b, "accepted", false) ? "a person has called the data right" : "the data is good again";
  if (rows && !flag_of(b, "accepted", false))
    words += fmt::format("; {} stay out of every training",
                         count_in_words(static_cast<std::uint64_t>(std::max(*rows, 0.0)), "row"));
  return words;
}
std::string source_read(const Json& b) {
  const auto rows = number_of(b, "rows");
  return rows ? fmt::format("the data source was read, {}; what comes to it from now on is new",
                            count_in_words(static_cast<std::uint64_t>(std::max(*rows, 0.0)), "row"))
              : "part of the data source was read";
}
/// The file's name without its folders.
std::string batch_name(const Json& b) {
  const std::string path = text_of(object_of(b, "file"), "path");
  return path.empty() ? "the query" : path.substr(path.find_last_of('/') + 1);
}
std::string batch_arrived(const Json& b) {
  const auto rows = number_of(b, "rows");
  std::string words = batch_name(b) + " brought ";
  words += rows ? count_in_words(static_cast<std::uint64_t>(std::max(*rows, 0.0)), "new row") : "new rows";
  if (const auto left_out = number_of(b, "left_out"))
    words += fmt::format("; {} older ones were too many", number_in_words(*left_out));
  if (const Json& unparsable = object_of(b, "unparsable"); !unparsable.empty())
    words += fmt::format("; values of {} cannot be read and count as missing", unparsable.begin().key());
  return words;
}
std::string batch_refused(const Json& b) {
  return batch_name(b) + " brought nothing that can be used" + because(text_of(b, "reason"));
}
std::string warning_raised(const Json& b) {
  const std::string what = text_of(b, "what");
  const std::string reason = text_of(b, "reason");
  if ((what == "data" || what == "freshness") && !reason.empty()) return "a look at the data warns: " + reason;
  if ((what.starts_with("the arms of a rollout") || what.starts_with("a rollout is held")) && !reason.empty())
    return what + ": " + reason;
  if (const std::string why_not = text_of(b, "why_not"); what.starts_with("an automatic rollback") && !why_not.empty())
    return fmt::format("{}{}; but {}", what, because(reason), why_not);
  return "a warning" + because(what.empty() ? reason : what);
}
std::string trigger_received(const Json& b) {
  const std::string trigger = text_of(b, "trigger");
  return trigger.empty() ? "an event from outside asked for a decision"
                         : fmt::format("the event '{}' from outside asked for a decision", trigger);
}
std::string retrain(const Json& b, const std::string& decided) {
  const std::string policy = text_of(b, "policy");
  return decided + (policy.empty() ? "" : fmt::format(" (rule: {})", policy)) + because(text_of(b, "reason")) +
         measured(b);
}
std::string retrain_requested(const Json& b) { return retrain(b, "decided to retrain"); }
std::string retrain_skipped(const Json& b) { return retrain(b, "decided not to retrain"); }
std::string job_queued(const Json& b) {
  const std::string trigger = text_of(b, "trigger");
  const auto priority = number_of(b, "priority");
  return fmt::format("a training job waits in the queue{}{}{}", trigger.empty() ? "" : ", asked for by " + trigger,
                     priority ? fmt::format(", priority {}", number_in_words(*priority)) : "",
                     because(text_of(b, "reason")));
}
std::string job_started(const Json& b) {
  const auto rows = number_of(b, "rows");
  return rows ? fmt::format("training started on {} rows", number_in_words(*rows)) : "training started";
}
std::string run_finished(const Json& b) {
  std::string words = "training finished";
  const auto rounds = number_of(b, "rounds");
  if (rounds && *rounds > 0) words += fmt::format(" after {} rounds", number_in_words(*rounds));
  std::string facts;
  std::size_t shown = 0;
  for (const auto& [name, value] : object_of(b, "metrics").items()) {
    if (!value.is_number() || shown == 3) continue;
    facts += fmt::format("{}{} {}", shown++ == 0 ? "" : ", ", name, number_in_words(value.get<double>()));
    if (const auto champion = number_of(object_of(b, "champion_metrics"), name.c_str()))
      facts += fmt::format(" (champion {})", number_in_words(*champion));
  }
  return facts.empty() ? words : words + ": " + facts;
}
std::string run_failed(const Json& b) {
  const std::string what = flag_of(b, "cancelled", false) ? "training was cancelled" : "training failed";
  return what + (flag_of(b, "retry", false) ? " and will be tried again" : "") + because(text_of(b, "error"));
}
std::string gate_evaluated(const Json& b) {
  const std::string verdict = text_of(b, "verdict");
  const std::size_t gates = list_of(b, "gates").size();
  std::size_t failed = 0;
  for (const auto& gate : list_of(b, "gates")) failed += text_of(gate, "verdict") == "fail" ? 1 : 0;
  std::string words = "the gates were judged";
  if (verdict == "pass") words = "the new model passed its gates";
  else if (verdict == "fail" && gates > 1) words = fmt::format("the new model failed {} of {} gates", failed, gates);
  else if (verdict == "fail") words = "the new model failed its gate";
  else if (verdict == "inconclusive") words = "there is not enough evidence to pass the new model's gates";
  else if (verdict == "invalid") words = "the new model's gates could not be judged";
  return words + because(text_of(b, "reason"));
}
std::string version_registered(const Json& b) {
  return version_of(b) + " was registered" + because(text_of(b, "changelog"));
}
std::string version_status_changed(const Json& b) {
  const std::string from = text_of(b, "from");
  const std::string to = text_of(b, "to");
  return fmt::format("{} went{} to {}{}", version_of(b), from.empty() ? "" : " from " + from,
                     to.empty() ? "another status" : to, because(text_of(b, "cause")));
}
std::string approval_requested(const Json& b) {
  return "the promotion of " + version_of(b) + " waits for a person" + because(text_of(b, "reason"));
}
std::string version_approved(const Json& b) {
  const std::string actor = text_of(b, "actor");
  return fmt::format("the promotion of {} was approved{}{}", version_of(b), actor.empty() ? "" : " by " + actor,
                     because(text_of(b, "asked_because")));
}
std::string version_pinned(const Json& b) {
  const std::string actor = text_of(b, "actor");
  return fmt::format("{} was pinned{}{}", version_of(b), actor.empty() ? "" : " by " + actor,
                     because(text_of(b, "reason")));
}
std::string version_unpinned(const Json& b) {
  return version_of(b) + " is no longer pinned" + because(text_of(b, "asked_because"));
}
std::string artifacts_collected(const Json& b) {
  const std::size_t versions = list_of(b, "versions").size();
  const auto bytes = number_of(b, "bytes");
  return fmt::format("the artifacts of {} were removed{}", count_in_words(versions, "version"),
                     bytes ? fmt::format("; {} bytes freed", number_in_words(*bytes)) : "");
}
std::string rollout_planned(const Json& b) {
  const std::string champion = text_of(b, "champion");
  std::string words = "the rollout of " + version_of(b) + " began";
  if (!champion.empty()) words += " beside champion " + champion;
  const std::string phase = phase_in_words(object_of(b, "rollout"), "phase");
  return phase.empty() ? words : words + ", first as " + phase;
}
std::string rollout_advanced(const Json& b) {
  const std::string phase = phase_in_words(b, "phase");
  const std::string from = text_of(b, "from_phase");
  const bool named = !from.empty() && from != text_of(b, "phase");
  return fmt::format("{} went on{}{}{}", version_of(b), named ? " from " + from : "",
                     phase.empty() ? "" : " to " + phase, because(text_of(b, "reason"))) +
         measured(b);
}
std::string rollout_aborted(const Json& b) {
  return fmt::format("the rollout of {} was stopped before its promotion{}{}", version_of(b),
                     because(text_of(b, "reason")), measured(b));
}
std::string rollout_completed(const Json& b) {
  return fmt::format("the rollout of {} is complete{}", version_of(b), because(text_of(b, "reason")));
}
std::string promoted(const Json& b) {
  const std::string from = text_of(b, "from");
  return fmt::format("{} was promoted: it answers all requests now{}{}{}", version_of(b),
                     from.empty() ? "" : ", instead of " + from,
                     flag_of(b, "override", false) ? ", by a person's override" : "",
                     text_of(b, "reason").empty() ? "" : "; " + text_of(b, "reason"));
}
std::string rolled_back(const Json& b) {
  const std::string from = text_of(b, "from");
  const std::string reason = text_of(b, "reason");
  std::string cause = text_of(b, "cause");
  std::replace(cause.begin(), cause.end(), '_', ' ');
  return fmt::format("rolled back{} to {}{}{}", from.empty() ? "" : " from version " + from, version_of(b, "to"),
                     because(reason.empty() ? cause : reason), measured(b));
}
std::string rollback_confirmed(const Json& b) {
  if (!flag_of(b, "ok", true))
    return fmt::format("the rollback to {} could not be confirmed{}", version_of(b), because(text_of(b, "problem")));
  const auto rows = number_of(b, "rows");
  return fmt::format(
      "the rollback was confirmed: {} answers{}", version_of(b),
      rows ? fmt::format(" ({})", count_in_words(static_cast<std::uint64_t>(std::max(*rows, 0.0)), "probe row")) : "");
}
std::string cycle_ended(const Json& b) {
  const std::string outcome = text_of(b, "outcome");
  const std::string version = text_of(b, "version");
  std::string words = "the retraining ended";
  if (outcome == "promoted")
    words += version.empty() ? " with a new champion" : " with version " + version + " as the champion";
  else if (outcome == "no_change") words += " without a change";
  else if (outcome == "kept_champion") words += ": the champion stays";
  else if (outcome == "rejected") words += ": the new model was rejected";
  else if (outcome == "rolled_back") words += ": the new version was taken back";
  else if (outcome == "failed") words += " in a failure; the champion keeps serving";
  else if (!outcome.empty()) words += ": " + outcome;
  const std::string reason = text_of(b, "reason");
  if (!reason.empty()) words += "; " + reason;
  const std::string took = text_of(object_of(b, "times"), "time_to_retrain");
  return took.empty() ? words : fmt::format("{} ({} after the drift began)", words, took);
}
std::string summary_recorded(const Json& b) {
  const std::string champion = text_of(b, "champion");
  std::string words = champion.empty() ? "hourly summary" : "hourly summary: champion " + champion;
  if (const auto predictions = number_of(b, "predictions"))
    words += fmt::format(", {} predictions", number_in_words(*predictions));
  if (const auto labels = number_of(b, "labels")) words += fmt::format(", {} labels", number_in_words(*labels));
  return words;
}
std::string alert(const Json& b, const std::string& what) {
  const std::string title = text_of(b, "title");
  const std::string channel = text_of(b, "channel");
  const std::string error = text_of(b, "error");
  return fmt::format("{}{}{}{}", what, channel.empty() ? "" : " by " + channel, because(title),
                     error.empty() ? "" : " (" + error + ")");
}
std::string alert_sent(const Json& b) { return alert(b, "an alert was sent"); }
std::string alert_failed(const Json& b) { return alert(b, "an alert could not be delivered"); }

struct Words {
  std::string_view type;
  std::string_view topic;
  std::string (*say)(const Json& body);
};

constexpr std::array all_words{
    Words{event_type::replay_started, "run", replay_started},
    Words{event_type::replay_finished, "run", replay_finished},
    Words{event_type::server_started, "run", server_started},
    Words{event_type::model_configured, "run", model_configured},
    Words{event_type::drift_detected, "drift", drift_detected},
    Words{event_type::drift_resolved, "drift", drift_resolved},
    Words{event_type::decay_detected, "quality", decay_detected},
    Words{event_type::decay_resolved, "quality", decay_resolved},
    Words{event_type::estimated_decay_detected, "quality", estimated_decay_detected},
    Words{event_type::estimated_decay_resolved, "quality", estimated_decay_resolved},
    Words{event_type::importance_drift_detected, "drift", importance_drift_detected},
    Words{event_type::importance_drift_resolved, "drift", importance_drift_resolved},
    Words{event_type::data_quarantined, "quality", data_quarantined},
    Words{event_type::data_released, "quality", data_released},
    Words{event_type::warning_raised, "quality", warning_raised},
    Words{event_type::source_read, "run", source_read},
    Words{event_type::batch_arrived, "decision", batch_arrived},
    Words{event_type::batch_refused, "quality", batch_refused},
    Words{event_type::trigger_received, "decision", trigger_received},
    Words{event_type::retrain_requested, "decision", retrain_requested},
    Words{event_type::retrain_skipped, "decision", retrain_skipped},
    Words{event_type::job_queued, "training", job_queued},
    Words{event_type::job_started, "training", job_started},
    Words{event_type::run_finished, "training", run_finished},
    Words{event_type::run_failed, "training", run_failed},
    Words{event_type::gate_evaluated, "gate", gate_evaluated},
    Words{event_type::version_registered, "version", version_registered},
    Words{event_type::version_status_changed, "version", version_status_changed},
    Words{event_type::approval_requested, "rollout", approval_requested},
    Words{event_type::version_approved, "rollout", version_approved},
    Words{event_type::version_pinned, "version", version_pinned},
    Words{event_type::version_unpinned, "version", version_unpinned},
    Words{event_type::artifacts_collected, "version", artifacts_collected},
    Words{event_type::rollout_planned, "rollout", rollout_planned},
    Words{event_type::rollout_advanced, "rollout", rollout_advanced},
    Words{event_type::rollout_aborted, "rollout", rollout_aborted},
    Words{event_type::rollout_completed, "rollout", rollout_completed},
    Words{event_type::promoted, "rollout", promoted},
    Words{event_type::rolled_back, "rollout", rolled_back},
    Words{event_type::rollback_confirmed, "rollout", rollback_confirmed},
    Words{event_type::cycle_ended, "decision", cycle_ended},
    Words{event_type::summary_recorded, "run", summary_recorded},
    Words{event_type::alert_sent, "alert", alert_sent},
    Words{event_type::alert_failed, "alert", alert_failed},
};

const Words* find_words(std::string_view type) {
  const auto found =
      std::find_if(all_words.begin(), all_words.end(), [&](const Words& words) { return words.type == type; });
  return found == all_words.end() ? nullptr : &*found;
}

/// First letter large, one full stop at the end.
std::string as_sentence(std::string words) {
  if (words.empty()) return words;
  if (words.front() >= 'a' && words.front() <= 'z') words.front() = static_cast<char>(words.front() - 'a' + 'A');
  while (!words.empty() && (words.back() == '.' || words.back() == ' ')) words.pop_back();
  if (words.empty() || (words.back() != '!' && words.back() != '?')) words += '.';
  return words;
}

}  // namespace

std::string in_words(const Event& event) {
  const Words* words = find_words(event.type);
  return words == nullptr ? event.type : as_sentence(words->say(event.body));
}

std::string_view topic_of(std::string_view event_type) {
  const Words* words = find_words(event_type);
  return words == nullptr ? "other" : words->topic;
}

std::string number_in_words(double value) {
  if (!std::isfinite(value)) return "not known";
  if (value == 0) return "0";
  const double size = std::abs(value);
  if (size >= 1e15 || size < 1e-4) return fmt::format("{:.2g}", value);
  if (size >= 1000) {
    const bool whole = std::nearbyint(value) == value || size >= 10000;
    if (!whole) return fmt::format("{:.0f}", value);
    std::string digits = fmt::format("{:.0f}", size);
    if (size >= 10000)
      for (std::ptrdiff_t at = std::ssize(digits) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return (value < 0 ? "-" : "") + digits;
  }
  if (std::nearbyint(value) == value) return fmt::format("{:.0f}", value);
  // Three places below 1, so that scores line up; four significant digits elsewhere.
  return size < 1 && size >= 0.01 ? fmt::format("{:.3f}", value) : fmt::format("{:.4g}", value);
}

std::string count_in_words(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", number_in_words(static_cast<double>(count)), noun, count == 1 ? "" : "s");
}

}  // namespace perennial::app
