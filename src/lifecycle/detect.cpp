// Have the inputs drifted, has the champion decayed? Looks at the cadence of the monitor.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/beside.hpp"
#include "drift/decay.hpp"
#include "drift/detect.hpp"
#include "drift/priority.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {

using drift::views_of;

Status ModelLoop::refresh_reference(TimePoint now) {
  const std::string champion = champion_text();
  if (champion == reference_of_) return {};
  auto rows = references_.find(champion);
  if (rows == references_.end()) {
    if (no_reference_of_ == champion) return {};
    auto read = read_reference(champion);
    if (!read) return tell_no_reference(champion, read.error(), now);
    if (!*read) return {};
    rows = references_.emplace(champion, std::move(**read)).first;
  }
  drift::Calibration calibration;
  if (const auto known = state().calibrations.find(champion); known != state().calibrations.end()) {
    ASSIGN_OR_RETURN(calibration, drift::calibration_from_json(known->second));
  }
  // Both sort every column of the same rows, and the loop waits for both.
  auto profile = beside([&] { prepare_profile(rows->second); });
  reference_ = drift::SeasonalReference::prepare(views_of(rows->second), rows->second.times, config_.monitor,
                                                 std::move(calibration));
  profile.get();
  reference_of_ = champion;
  // Another champion, another reference: what was counted towards an alarm no longer holds.
  drift_alarm_.against = decay_alarm_.against = 0;
  accumulation_.restart();
  rows_accumulated_ = 0;
  forget_references();
  return {};
}

Result<std::optional<Table>> ModelLoop::read_reference(const std::string& version) const {
  const auto known = state().references.find(version);
  if (known == state().references.end() || known->second.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(const std::string bytes, services_.blobs->get(known->second));
  ASSIGN_OR_RETURN(auto record, feedback::decode_record(bytes));
  return std::move(record.request);
}

Status ModelLoop::tell_no_reference(const std::string& version, const Error& error, TimePoint now) {
  const auto written = services_.events->write(now, {config_.name,
                                                     std::string(event_type::warning_raised),
                                                     {{"what", "the reference rows cannot be read"},
                                                      {"version", version},
                                                      {"reason", error.message()},
                                                      {"row", rows_seen()}}});
  if (!written) return std::unexpected(written.error());
  no_reference_of_ = version;
  alert(*written, "the reference rows cannot be read: drift and broken data are not looked for", error.message());
  return {};
}

void ModelLoop::forget_references() {
  std::erase_if(references_, [&](const auto& entry) {
    const auto number = parse_version(entry.first);
    const auto* version = number ? services_.state->registry().find(config_.name, *number) : nullptr;
    return version != nullptr && version->status != VersionStatus::production &&
           version->status != VersionStatus::registered && version->status != VersionStatus::shadow &&
           version->status != VersionStatus::canary;
  });
}

Result<Detection> ModelLoop::detect(TimePoint now) {
  if (!configured() || champion_text().empty()) return Detection{};
  TRY(refresh_reference(now));
  TRY(watch_silence(now));
  if (!monitored_at_) monitored_at_ = now;
  if (!config_.monitor.every.passed(now - *monitored_at_, recent_.rows_total() - rows_at_monitor_)) return Detection{};
  monitored_at_ = now;
  rows_at_monitor_ = recent_.rows_total();
  TRY(inspect(now));  // first: broken rows are no evidence of drift
  ASSIGN_OR_RETURN(Detection found, evaluate(now));
  newest_triage_ = drift::quality::triage(newest_quality_, found.drift);
  if (found.drift) {
    newest_drift_ = found.drift;
    // An alarm that could not be written was not raised: the next look does it.
    const drift::Alarm before = drift_alarm_;
    if (Status written = journal_drift(*found.drift, now); !written) {
      drift_alarm_ = before;
      return std::unexpected(std::move(written).error());
    }
  }
  newest_decay_ = found.decay;
  const drift::Alarm before = decay_alarm_;
  if (Status written = journal_decay(found.decay, now); !written) {
    decay_alarm_ = before;
    return std::unexpected(std::move(written).error());
  }
  TRY(estimate(found, now));
  TRY(watch_importance(found, now));
  return found;
}

drift::LabelEvidence ModelLoop::look_at_labels(const std::string& version, TimePoint now) const {
  const auto scores = scores_.find(version);
  if (scores == scores_.end()) return {};
  RowChoice newest;
  newest.newest = config_.monitor.window.rows;
  const ScoreSlice window = scores->second.newest().slice(newest);
  if (window.rows() == 0) return {};
  drift::LabelEvidenceSettings settings;
  settings.least_age = config_.label_delay.duration;
  return drift::judge_labels(waits_->rows(version), window.times().front(), now, settings);
}

Result<Detection> ModelLoop::evaluate(TimePoint now) {
  const std::string champion = champion_text();
  const Table current = current_rows();
  std::future<std::optional<DriftReport>> of_inputs;
  if (reference_of_ == champion) {
    const drift::Reference& like = reference_.at(current.times);
    const bool promised = config_.monitor.budget.stated();
    if (promised && accumulation_.take(like, reference_.calibration(), views_of(current), fresh_rows(current),
                                       config_.monitor.window.rows))
      rows_accumulated_ = rows_at_monitor_;
    // Inputs and scores are judged apart from each other, and each takes its time.
    of_inputs = beside([this, &like, &current, promised] {
      return std::optional(
          drift::detect(like, views_of(current), config_.monitor, {}, promised ? &accumulation_ : nullptr));
    });
  }
  Result<Detection> found = evaluate_scores(champion, now);
  if (of_inputs.valid()) {
    auto report = of_inputs.get();
    if (found) found->drift = std::move(report);
  }
  return found;
}

/// The champion's metrics over its newest labelled rows, and whether they have decayed.
Result<Detection> ModelLoop::evaluate_scores(const std::string& champion, TimePoint now) {
  Detection found;
  const auto scores = scores_.find(champion);
  if (scores == scores_.end()) return found;
  labels_ = look_at_labels(champion, now);
  for (auto& [version, of_version] : scores_) of_version.turn(now - labels_.age, config_.monitor.window.rows);
  RowChoice choice;
  choice.until = now - labels_.age;
  choice.newest = config_.monitor.window.rows;
  const ScoreSlice window = scores->second.newest().slice(choice);
  const auto& baselines = state().baselines;
  const auto of_champion = baselines.find(champion);
  for (const auto& metric : monitored_metrics(*targets_, config_.metrics)) {
    ASSIGN_OR_RETURN(const MetricName name, split_metric(metric, *targets_, config_.metrics));
    const auto estimate = window.evaluate(name);
    if (!estimate || estimate->n < 2) continue;
    if (labels_.comparable) found.metrics[metric] = *estimate;
    if (const auto built_in = stats::metrics().find(name.metric); built_in && (*built_in)->is_sum) continue;
    std::optional<stats::Estimate> baseline;
    if (of_champion != baselines.end())
      if (const auto known = of_champion->second.find(metric); known != of_champion->second.end())
        baseline = known->second;
    ASSIGN_OR_RETURN(const bool higher, stats::higher_is_better(name.metric));
    drift::DecaySettings settings;
    settings.metric = metric;
    settings.min_rows = std::min<std::uint64_t>(settings.min_rows, config_.monitor.min_rows);
    found.decay.push_back(drift::judge_decay(baseline, *estimate, settings, higher, labels_.comparable));
  }
  return found;
}

Status ModelLoop::journal_drift(const DriftReport& report, TimePoint now) {
  const drift::Alarm before = drift_alarm_;
  drift_alarm_ = drift::next(drift_alarm_, report.verdict, config_.monitor.hold);
  const auto& known = state().drifting_columns;
  if (drift_alarm_.raised) {
    const bool more =
        std::any_of(report.drifting_columns.begin(), report.drifting_columns.end(),
                    [&](const auto& column) { return std::find(known.begin(), known.end(), column) == known.end(); });
    if (!more) return {};
    // One live alarm that updates: the columns that have drifted since it was raised.
    std::vector<std::string> columns = report.drifting_columns;
    for (const auto& column : known)
      if (std::find(columns.begin(), columns.end(), column) == columns.end()) columns.push_back(column);
    Json details = Json::array();
    for (const auto& column : report.columns)
      if (column.drift)
        details.push_back({{"column", column.column},
                           {"test", column.test},
                           {"statistic", column.statistic},
                           {"p_value", column.p_value < 0 ? Json(nullptr) : Json(column.p_value)},
                           {"threshold", column.threshold}});
    ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name,
                                                                      std::string(event_type::drift_detected),
                                                                      {{"columns", columns},
                                                                       {"drift_share", report.share},
                                                                       {"score", report.score},
                                                                       {"version", champion_text()},
                                                                       {"details", details},
                                                                       {"row", rows_seen()}}}));
    if (!before.raised)
      alert(event, "inputs have drifted",
            fmt::format("{} of the columns: {}", fmt::format("{:.0f} %", 100 * report.share),
                        fmt::join(report.drifting_columns, ", ")));
  } else if (before.raised || (!known.empty() && report.verdict == Verdict::pass)) {
    ASSIGN_OR_RETURN(
        const Event event,
        services_.events->write(now, {config_.name,
                                      std::string(event_type::drift_resolved),
                                      {{"columns", known}, {"version", champion_text()}, {"row", rows_seen()}}}));
    alert(event, "drift has resolved",
          fmt::format("{} look like the champion's training rows again", fmt::join(known, ", ")));
  }
  return {};
}

Status ModelLoop::journal_decay(const std::vector<DecayReport>& reports, TimePoint now) {
  const auto primary = std::find_if(reports.begin(), reports.end(),
                                    [&](const auto& report) { return report.metric == config_.primary; });
  if (primary == reports.end()) return {};
  decay_alarm_.raised = state().decayed;
  decay_alarm_ = drift::next(decay_alarm_, primary->verdict, config_.monitor.hold);
  if (decay_alarm_.raised == state().decayed) return {};
  Json body = to_json(*primary);
  body["version"] = champion_text();
  body["row"] = rows_seen();
  body["priority"] = drift::priority_of(*primary);
  body["stream"] = std::string(drift::to_string(zone_));
  zone_ = drift::Zone::stable;
  const auto type = decay_alarm_.raised ? event_type::decay_detected : event_type::decay_resolved;
  ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name, std::string(type), body}));
  alert(event, decay_alarm_.raised ? "the champion has decayed" : "the champion has recovered",
        fmt::format("{} {:.4g}, baseline {:.4g}, p {:.2g}", primary->metric, primary->current, primary->baseline,
                    primary->p_value));
  return {};
}

}  // namespace perennial::lifecycle
