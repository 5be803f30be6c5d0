// How good is each version, now and over time? Windows end where the labels have come; what late labels have changed
// since a day ended is told beside it.

#include <algorithm>
#include <cmath>

#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

constexpr Duration day = std::chrono::hours(24);
constexpr int days_told = 7;
constexpr Duration least_service = std::chrono::hours(1);

/// Where a window ends early because labels are missing, those of its rows that came later than at that age are left
/// out, so that windows and versions compare.
std::optional<Duration> equal_age(const drift::LabelEvidence& labels) {
  return labels.age > Duration{0} ? std::optional(labels.age) : std::nullopt;
}

Json to_json(const stats::Estimate& estimate) {
  return {{"value", estimate.value}, {"standard_error", estimate.standard_error}, {"n", estimate.n}};
}

Json to_json(const std::optional<stats::Estimate>& estimate) { return estimate ? to_json(*estimate) : Json(nullptr); }

Json metrics_of(const ScoreSlice& slice, const std::vector<Target>& targets, std::span<const stats::OwnMetric> own) {
  Json metrics = Json::object();
  for (const auto& metric : monitored_metrics(targets, own)) {
    const auto name = split_metric(metric, targets, own);
    if (!name) continue;
    if (const auto estimate = slice.evaluate(*name)) metrics[metric] = to_json(*estimate);
  }
  return metrics;
}

Json window_json(const ScoreSlice& slice, std::optional<TimePoint> from, TimePoint until,
                 const std::vector<Target>& targets, std::span<const stats::OwnMetric> own) {
  return {{"from", from               ? Json(format_time(*from))
                   : slice.rows() > 0 ? Json(format_time(slice.times().front()))
                                      : Json()},
          {"until", format_time(until)},
          {"rows", slice.rows()},
          {"one_in", slice.one_in()},
          {"metrics", metrics_of(slice, targets, own)}};
}

/// The days of the last week that have ended: the primary metric by the labels that had come when the day ended, and
/// by those that are there now.
Json restated_days(const VersionScores& scores, const MetricName& primary, TimePoint now) {
  Json days = Json::array();
  const TimePoint today = std::chrono::floor<std::chrono::days>(now);
  for (int back = days_told; back >= 1; --back) {
    RowChoice choice;
    choice.from = today - back * day;
    const TimePoint end = choice.from + day;
    choice.until = end - Duration{1};
    const ScoreSlice slice = scores.week().slice(choice);
    if (slice.rows() == 0) continue;
    const auto restated = stats::restate(primary.metric, slice.scored(primary.target),
                                         slice.known_at(primary.target, end), stats::Dependence::serial);
    if (!restated) continue;
    days.push_back({{"from", format_time(choice.from)},
                    {"until", format_time(end)},
                    {"first", to_json(restated->before)},
                    {"now", to_json(restated->after)},
                    {"labels_added", restated->rows_added * slice.one_in()},
                    {"restated", restated->restated()}});
  }
  return days;
}

}  // namespace

std::map<std::string, stats::Estimate> ModelLoop::window_metrics(const std::string& version, MetricWindow window,
                                                                 TimePoint now) const {
  std::map<std::string, stats::Estimate> metrics;
  const auto scores = scores_.find(version);
  if (scores == scores_.end()) return metrics;
  const ScoreSlice slice = scores->second.window(window, now - labels_.age, equal_age(labels_));
  for (const auto& metric : monitored_metrics(*targets_, config_.metrics)) {
    const auto name = split_metric(metric, *targets_, config_.metrics);
    if (!name) continue;
    if (const auto estimate = slice.evaluate(*name)) metrics.emplace(metric, *estimate);
  }
  return metrics;
}

Result<stats::Estimate> ModelLoop::window_metric(const std::string& version, const std::string& metric,
                                                 MetricWindow window, TimePoint now) const {
  const auto scores = scores_.find(version);
  if (scores == scores_.end())
    return fail(ErrorCode::invalid, "no labelled answers of version " + version, config_.name);
  ASSIGN_OR_RETURN(const MetricName name, split_metric(metric, *targets_, config_.metrics));
  return scores->second.window(window, now - labels_.age, equal_age(labels_)).evaluate(name);
}

std::optional<stats::Estimate> ModelLoop::decay_per_week(TimePoint now) const {
  const auto* champion = services_.state->registry().champion(config_.name);
  if (champion == nullptr || !champion->deployed_at || now - *champion->deployed_at < least_service)
    return std::nullopt;
  const auto report = std::ranges::find(newest_decay_, config_.primary, &DecayReport::metric);
  if (report == newest_decay_.end() || report->verdict == Verdict::invalid || report->baseline == 0 ||
      !std::isfinite(report->decay_share))
    return std::nullopt;
  const double weeks = std::chrono::duration<double>(now - *champion->deployed_at) / std::chrono::weeks(1);
  return stats::Estimate{report->decay_share / weeks, report->standard_error / std::abs(report->baseline) / weeks,
                         report->current_rows};
}

Json ModelLoop::performance(TimePoint now) const {
  Json json = {{"model", config_.name},    {"at", format_time(now)}, {"primary", config_.primary},
               {"champion", nullptr},      {"labels", nullptr},      {"versions", Json::array()},
               {"restated", Json::array()}};
  if (!configured()) return json;
  const std::string champion = champion_text();
  if (!champion.empty()) json["champion"] = champion;
  const drift::LabelEvidence labels = look_at_labels(champion, now);
  json["labels"] = drift::to_json(labels);
  const TimePoint until = now - labels.age;
  const auto primary = split_metric(config_.primary, *targets_, config_.metrics);
  for (const auto& [version, scores] : scores_) {
    Json windows = Json::object();
    for (const MetricWindow window : metric_windows) {
      const auto length = length_of(window);
      windows[std::string(to_string(window))] =
          window_json(scores.window(window, until, equal_age(labels)),
                      length ? std::optional(until - *length) : std::nullopt, until, *targets_, config_.metrics);
    }
    json["versions"].push_back({{"version", version}, {"windows", std::move(windows)}});
    if (version == champion && primary) json["restated"] = restated_days(scores, *primary, now);
  }
  return json;
}

}  // namespace perennial::lifecycle
