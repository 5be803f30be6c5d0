#include "app/report/timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "app/report/body.hpp"
#include "app/report/words.hpp"
#include "core/estimate_events.hpp"
#include "core/importance_events.hpp"

namespace perennial::app {
namespace {

std::string at_row(double row, const std::string& words) {
  return fmt::format("Row {}: {}", number_in_words(row), words);
}

/// A stretch that is drawn from the event that opens it to the one that closes it.
class Open {
 public:
  void begin(double row, std::string css, std::string tooltip) {
    stretch_ = Stretch{row, row, std::move(css), std::move(tooltip)}, open_ = true;
  }
  void end(double row, std::vector<Stretch>& into) {
    if (!open_) return;
    stretch_.to = row;
    into.push_back(std::move(stretch_));
    open_ = false;
  }
  bool is_open() const { return open_; }
  Stretch& stretch() { return stretch_; }

 private:
  Stretch stretch_;
  bool open_ = false;
};

void add_reigns(Timeline& timeline, std::span<const Event> events) {
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool back = events[i].type == event_type::rolled_back;
    if (!back && events[i].type != event_type::promoted) continue;
    const double row = std::max(timeline.rows[i], timeline.first);
    if (!timeline.reigns.empty()) timeline.reigns.back().to = row;
    timeline.reigns.push_back({row, timeline.last, text_of(events[i].body, back ? "to" : "version"), back});
  }
  if (!timeline.reigns.empty()) timeline.reigns.front().from = timeline.first;
}

/// Per column the strongest statistic of one alarm, PSI before all others: it says how far, not only how surely.
std::map<std::string, double> strengths(const Json& body) {
  std::map<std::string, double> by_psi;
  std::map<std::string, double> by_any;
  for (const auto& detail : list_of(body, "details")) {
    auto& known = (text_of(detail, "test") == "psi" ? by_psi : by_any)[text_of(detail, "column")];
    known = std::max(known, number_of(detail, "statistic").value_or(0));
  }
  for (const auto& [column, value] : by_any) by_psi.try_emplace(column, value);
  return by_psi;
}

std::string drift_css(double strength) {
  return strength >= 1 ? "drift" : strength >= 0.25 ? "drift medium" : "drift weak";
}

void add_drift(Timeline& timeline, std::span<const Event> events) {
  std::map<std::string, DriftedColumn> columns;
  std::map<std::string, Open> alarms;
  const auto close = [&](const std::string& name, double row) {
    DriftedColumn& column = columns[name];
    const std::size_t before = column.stretches.size();
    alarms[name].end(row, column.stretches);
    if (column.stretches.size() == before) return;
    column.stretches.back().tooltip +=
        fmt::format(", rows {} to {}", number_in_words(column.stretches.back().from), number_in_words(row));
    column.rows += row - column.stretches.back().from;
  };
  for (std::size_t i = 0; i < events.size(); ++i) {
    const bool detected = events[i].type == event_type::drift_detected;
    if (!detected && events[i].type != event_type::drift_resolved) continue;
    const Json& body = events[i].body;
    std::vector<std::string> now;
    if (detected)
      for (const auto& name : list_of(body, "columns"))
        if (name.is_string()) now.push_back(name.get<std::string>());
    for (auto& [name, alarm] : alarms)
      if (std::find(now.begin(), now.end(), name) == now.end()) close(name, timeline.rows[i]);
    const auto strength = strengths(body);
    for (const auto& name : now) {
      DriftedColumn& column = columns[name];
      column.column = name;
      const auto found = strength.find(name);
      const double value = found == strength.end() ? 0 : found->second;
      column.strength = std::max(column.strength, value);
      // A stronger alarm is drawn as a new, darker stretch.
      Open& alarm = alarms[name];
      if (alarm.is_open() && (found == strength.end() || alarm.stretch().css == drift_css(value))) continue;
      close(name, timeline.rows[i]);
      alarm.begin(timeline.rows[i], drift_css(value),
                  value > 0 ? fmt::format("{}: statistic {}", name, number_in_words(value)) : name);
    }
  }
  for (auto& [name, alarm] : alarms) close(name, timeline.last);
  for (auto& [name, column] : columns) timeline.drifted.push_back(std::move(column));
  std::stable_sort(timeline.drifted.begin(), timeline.drifted.end(), [](const auto& a, const auto& b) {
    return a.strength != b.strength ? a.strength > b.strength : a.rows > b.rows;
  });
}

std::string rollout_css(const std::string& phase) {
  return phase == "shadow" || phase == "canary" || phase == "watch" ? phase : "other";
}

void add_lanes(Timeline& timeline, std::span<const Event> events) {
  Lane drift{"Drift alarm", {}, {}}, decay{"Quality alarm", {}, {}}, decisions{"Decisions", {}, {}};
  Lane early{"Early warning", {}, {}}, importance{"Importance alarm", {}, {}};
  Lane training{"Training", {}, {}}, gates{"Gates", {}, {}}, rollout{"Rollout", {}, {}}, outcomes{"Promotions", {}, {}};
  Open drifting, decayed, foreseen, shifted, job, phase;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    const double row = timeline.rows[i];
    const std::string words = at_row(row, in_words(event));
    const auto mark = [&](Lane& lane, svg::Marker shape, const char* css) {
      lane.marks.push_back({row, shape, css, words});
    };
    const std::string_view type = event.type;
    if (type == event_type::drift_detected && !drifting.is_open()) drifting.begin(row, "drift", words);
    else if (type == event_type::drift_resolved) drifting.end(row, drift.stretches);
    else if (type == event_type::decay_detected && !decayed.is_open()) decayed.begin(row, "decay", words);
    else if (type == event_type::decay_resolved) decayed.end(row, decay.stretches);
    else if (type == event_type::estimated_decay_detected) foreseen.begin(row, "decay", words);
    else if (type == event_type::estimated_decay_resolved) foreseen.end(row, early.stretches);
    else if (type == event_type::importance_drift_detected) shifted.begin(row, "drift", words);
    else if (type == event_type::importance_drift_resolved) shifted.end(row, importance.stretches);
    else if (type == event_type::retrain_skipped) mark(decisions, svg::Marker::dot, "skip");
    else if (type == event_type::retrain_requested) mark(decisions, svg::Marker::diamond, "");
    else if (type == event_type::job_started) job.begin(row, "job", words);
    else if (type == event_type::run_finished) job.end(row, training.stretches);
    else if (type == event_type::run_failed) job.end(row, training.stretches), mark(training, svg::Marker::cross, "");
    else if (type == event_type::gate_evaluated) {
      const std::string verdict = text_of(event.body, "verdict");
      if (verdict == "pass") mark(gates, svg::Marker::dot, "good");
      else if (verdict == "fail") mark(gates, svg::Marker::cross, "");
      else mark(gates, svg::Marker::diamond, "open");
    } else if (type == event_type::rollout_planned || type == event_type::rollout_advanced) {
      const Json& state = type == event_type::rollout_planned ? object_of(event.body, "rollout") : event.body;
      phase.end(row, rollout.stretches);
      phase.begin(row, rollout_css(text_of(state, "phase")), words);
    } else if (type == event_type::promoted) {
      phase.end(row, rollout.stretches);
      if (text_of(event.body, "phase") == "watch") phase.begin(row, "watch", words + " It is watched for a while.");
      mark(outcomes, svg::Marker::up, "good");
    } else if (type == event_type::rolled_back || type == event_type::rollout_aborted) {
      phase.end(row, rollout.stretches);
      mark(outcomes, svg::Marker::down, "bad");
    } else if (type == event_type::rollout_completed) {
      phase.end(row, rollout.stretches);
    }
  }
  drifting.end(timeline.last, drift.stretches);
  decayed.end(timeline.last, decay.stretches);
  foreseen.end(timeline.last, early.stretches);
  shifted.end(timeline.last, importance.stretches);
  job.end(timeline.last, training.stretches);
  phase.end(timeline.last, rollout.stretches);
  timeline.lanes = {std::move(drift), std::move(decay),   std::move(decisions), std::move(training),
                    std::move(gates), std::move(rollout), std::move(outcomes)};
  // Where labels are in time there is nothing to foresee.
  if (!early.stretches.empty()) timeline.lanes.insert(timeline.lanes.begin() + 1, std::move(early));
  // Few ask for it.
  if (!importance.stretches.empty()) timeline.lanes.insert(timeline.lanes.begin() + 1, std::move(importance));
}

}  // namespace

Timeline timeline_of(const Json& report, std::span<const Event> events) {
  Timeline timeline;
  timeline.first = number_of(report, "warmup_rows").value_or(0);
  double row = std::max(timeline.first - 1, 0.0);
  for (const auto& event : events) {
    // Rows in the journal count predictions; the file also has the warm-up.
    const double predicted = number_of(event.body, "row").value_or(-1);
    if (predicted >= 0) row = std::max(row, std::max(timeline.first + predicted - 1, 0.0));
    timeline.rows.push_back(row);
  }
  timeline.last = std::max({number_of(report, "rows").value_or(0) - 1, row, timeline.first + 1});
  add_reigns(timeline, events);
  add_drift(timeline, events);
  add_lanes(timeline, events);
  return timeline;
}

}  // namespace perennial::app
