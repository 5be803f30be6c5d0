// Does the champion rely on the same columns as on its training rows? Asked of the champion itself, beside its traffic,
// at the looks of the drift tests, where a policy or monitor.importance wants to know.

#include <fmt/format.h>

#include <algorithm>

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

Status ModelLoop::watch_importance(Detection& found, TimePoint now) {
  if (const auto told = importance_told(config_)) {
    importance_.newest = look_at_importance(*told);
    found.importance = importance_.newest;
  } else if (state().importance_drift) {
    importance_.newest = {};
    importance_.newest.verdict = Verdict::pass;
    importance_.newest.why_not = "importance is no longer watched";
  } else {
    return {};
  }
  return journal_importance(now);
}

ImportanceReport ModelLoop::look_at_importance(double threshold) {
  ImportanceReport report;
  report.threshold = threshold;
  const auto* champion = services_.state->registry().champion(config_.name);
  if (champion->foreign) {
    // Its one child answers the users; rows that nobody sent must not stop it.
    report.why_not = "the version's graph was made elsewhere and is asked by nobody but the users";
    return report;
  }
  const auto reference = references_.find(champion->number.text());
  if (reference == references_.end()) {
    report.why_not = "the version has no reference rows";
    return report;
  }
  const Table current = current_rows();
  const std::uint64_t least = std::max<std::uint64_t>(config_.monitor.min_rows, drift::importance_rows_least);
  if (std::min(reference->second.rows, current.rows) < least) {
    report.why_not = fmt::format("{} reference rows and {} rows of the window, {} are needed of each",
                                 reference->second.rows, current.rows, least);
    return report;
  }
  auto asked = ask_champion(*champion, reference->second, current, threshold);
  if (asked) return std::move(*asked);
  report.why_not = asked.error().message();
  return report;
}

Result<ImportanceReport> ModelLoop::ask_champion(const ModelVersion& champion, const Table& reference,
                                                 const Table& current, double threshold) {
  ASSIGN_OR_RETURN(const auto scorer, services_.sessions->get(champion));
  if (scorer->readiness() != inference::Readiness::ready)
    return fail(ErrorCode::invalid, "the champion is not loaded", config_.name);
  const std::string version = champion.number.text();
  const std::uint64_t seed = config_.monitor.seed;
  if (importance_.of != version) {
    const auto known = state().importances.find(version);
    ASSIGN_OR_RETURN(const auto columns,
                     columns_to_exchange(scorer->signature().inputs, known == state().importances.end()
                                                                         ? std::map<std::string, stats::Importance>{}
                                                                         : known->second));
    // As many of the reference rows as stand for a window of training rows: not all of these are kept.
    const std::uint64_t learned = std::max<std::uint64_t>(champion.train_rows, reference.rows);
    const std::uint64_t length = config_.monitor.window.rows * reference.rows / learned;
    const auto pairs = drift::pair_rows(reference.rows, drift::importance_stretches, length, seed);
    ASSIGN_OR_RETURN(importance_.reference, measure_reliance(*scorer, reference, pairs, columns));
    importance_.of = version;
    importance_.alarm.against = 0;
  }
  const auto pairs = drift::pair_rows(current.rows, 1, current.rows, seed);
  ASSIGN_OR_RETURN(const auto now, measure_reliance(*scorer, current, pairs, importance_.reference.columns()));
  return drift::judge_importance(importance_.reference, now, threshold, seed);
}

Status ModelLoop::journal_importance(TimePoint now) {
  const auto& newest = importance_.newest;
  const auto& live = state().importance_drift;
  const drift::Alarm before = importance_.alarm;
  auto& alarm = importance_.alarm;
  alarm.raised = live.has_value();
  // An alarm is of one version: another one begins anew, whatever can be said of it.
  const bool of_another = live && live->value("version", std::string{}) != champion_text();
  alarm = of_another ? drift::Alarm{} : drift::next(alarm, newest.verdict, config_.monitor.hold);
  if (alarm.raised == live.has_value()) return {};
  Json body = to_json(newest);
  body["reason"] = alarm.raised              ? "shifted beyond the threshold, and by more than chance"
                   : of_another              ? "another version serves"
                   : !newest.why_not.empty() ? newest.why_not
                                             : "as on the training rows again";
  body["version"] = champion_text();
  body["row"] = rows_seen();
  const auto type = alarm.raised ? event_type::importance_drift_detected : event_type::importance_drift_resolved;
  const auto written = services_.events->write(now, {config_.name, std::string(type), body});
  if (!written) {
    importance_.alarm = before;
    return std::unexpected(written.error());
  }
  alert(*written,
        alarm.raised ? "the champion relies on other columns" : "the champion relies on its columns as before",
        alarm.raised ? fmt::format("importance for {} shifted by {:.2f} (chance gives up to {:.2f}): {}", newest.target,
                                   newest.shift, newest.noise, largest_moves(newest))
                     : body.value("reason", ""));
  return {};
}

}  // namespace perennial::lifecycle
