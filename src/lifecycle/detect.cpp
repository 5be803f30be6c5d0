// Have the inputs drifted, has the champion decayed? Looks at the cadence of the monitor.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "drift/decay.hpp"
#include "drift/detect.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

using drift::views_of;

}  // namespace

std::vector<std::string> monitored_metrics(const std::vector<Target>& targets) {
  std::vector<std::string> names;
  for (const auto& target : targets) {
    const std::vector<std::string> metrics =
        target.task == Task::regression ? std::vector<std::string>{"rmse", "mae"}
        : target.task == Task::binary
            ? std::vector<std::string>{"accuracy", "auc", "f1", "log_loss", "precision", "recall"}
            : std::vector<std::string>{"accuracy", "f1", "log_loss", "precision", "recall"};
    for (const auto& metric : metrics) names.push_back(target.name + "." + metric);
  }
  return names;
}

Status ModelLoop::refresh_reference() {
  const std::string champion = champion_text();
  if (champion == reference_of_) return {};
  const auto rows = references_.find(champion);
  if (rows == references_.end()) return {};
  drift::Calibration calibration;
  if (const auto known = state().calibrations.find(champion); known != state().calibrations.end()) {
    ASSIGN_OR_RETURN(calibration, drift::calibration_from_json(known->second));
  }
  reference_ = drift::SeasonalReference::prepare(views_of(rows->second), rows->second.times, config_.monitor,
                                                 std::move(calibration));
  prepare_profile(rows->second);
  reference_of_ = champion;
  // Another champion, another reference: what was counted towards an alarm no longer holds.
  drift_alarm_.against = decay_alarm_.against = 0;
  std::erase_if(references_, [&](const auto& entry) {
    const auto number = parse_version(entry.first);
    const auto* version = number ? services_.state->registry().find(config_.name, *number) : nullptr;
    return version != nullptr &&
           (version->status == VersionStatus::quarantined || version->status == VersionStatus::rejected);
  });
  return {};
}

Result<Detection> ModelLoop::detect(TimePoint now) {
  if (!configured() || champion_text().empty()) return Detection{};
  TRY(refresh_reference());
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
    TRY(journal_drift(*found.drift, now));
  }
  newest_decay_ = found.decay;
  TRY(journal_decay(found.decay, now));
  TRY(estimate(found, now));
  return found;
}

Result<Detection> ModelLoop::evaluate(TimePoint) {
  Detection found;
  const std::string champion = champion_text();
  const Table current = current_rows();
  if (reference_of_ == champion)
    found.drift = drift::detect(reference_.at(current.times), views_of(current), config_.monitor);

  const auto& baselines = state().baselines;
  const auto of_champion = baselines.find(champion);
  for (const auto& metric : monitored_metrics(*targets_)) {
    ASSIGN_OR_RETURN(const MetricName name, split_metric(metric, *targets_));
    const auto estimate = this->current(champion, metric);
    if (!estimate || estimate->n < 2) continue;
    found.metrics[metric] = *estimate;
    std::optional<stats::Estimate> baseline;
    if (of_champion != baselines.end())
      if (const auto known = of_champion->second.find(metric); known != of_champion->second.end())
        baseline = known->second;
    ASSIGN_OR_RETURN(const bool higher, stats::higher_is_better(name.metric));
    drift::DecaySettings settings;
    settings.metric = metric;
    settings.min_rows = std::min<std::uint64_t>(settings.min_rows, config_.monitor.min_rows);
    found.decay.push_back(drift::judge_decay(baseline, *estimate, settings, higher));
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
