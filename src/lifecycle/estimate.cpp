// Have the answers become worse, as far as that can be told before their labels come? A warning: it asks for no
// retrain, and what it says is confirmed or withdrawn by the labels.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "drift/decay.hpp"
#include "lifecycle/model_loop.hpp"

namespace perennial::lifecycle {
namespace {

EstimateReport nothing(Verdict verdict, std::string why, double labelled = 0) {
  EstimateReport report;
  report.verdict = verdict;
  report.why_not = std::move(why);
  report.labelled = labelled;
  return report;
}

}  // namespace

// Where it cannot be made the reason stands in the report of every look, and the loop goes on without.
void ModelLoop::prepare_held_out(const std::string& champion) {
  if (early_.of == champion) return;
  early_.of = champion;
  early_.estimator.reset();
  early_.answers = {};
  early_.problem = "the version was registered without its held-out answers";
  early_.alarm.against = 0;
  const auto digest = state().held_out.find(champion);
  auto primary = split_metric(config_.primary, *targets_, config_.metrics);
  if (digest == state().held_out.end() || !primary) return;
  const auto bytes = services_.blobs->get(digest->second);
  auto answers = bytes ? decode_held_out(*bytes) : std::unexpected(bytes.error());
  if (!answers) {
    early_.problem = answers.error().message();
    return;
  }
  if (config_.watch_answers)
    early_.answers = drift::AnswerReference::prepare(*targets_, answers->outputs, answers->truth, config_.monitor);
  early_.estimator.emplace(std::move(*answers), *targets_, std::move(*primary));
}

double ModelLoop::labelled_share(const std::string& champion, const Table& rows) const {
  const auto scores = scores_.find(champion);
  const auto primary = split_metric(config_.primary, *targets_, config_.metrics);
  if (scores == scores_.end() || !primary || rows.times.empty()) return 0;
  RowChoice choice;
  choice.from = *std::ranges::min_element(rows.times);  // rows are in the order in which they came
  choice.newest = rows.rows;
  const ScoreSlice slice = scores->second.newest().slice(choice);
  const Truth truth = slice.known_at(primary->target, TimePoint::max());
  const auto known = std::ranges::count_if(truth, [](const double value) { return !std::isnan(value); });
  // Of many rows the scores keep every second, or fourth, only.
  return std::min(1.0,
                  static_cast<double>(known) * static_cast<double>(slice.one_in()) / static_cast<double>(rows.rows));
}

void ModelLoop::compare_answers(const std::string& champion, const Outputs& outputs, TimePoint now) {
  early_.newest_answers = {};
  if (!config_.watch_answers || outputs.rows < config_.monitor.min_rows) return;
  prepare_held_out(champion);
  std::vector<Truth> truth;
  // Where only the fast labels have come, or only those of some kinds of rows, they say nothing of the others.
  if (const auto scores = scores_.find(champion); scores != scores_.end() && labels_.comparable) {
    RowChoice choice;
    choice.until = now - labels_.age;
    choice.newest = config_.monitor.window.rows;
    const ScoreSlice newest = scores->second.newest().slice(choice);
    for (std::size_t target = 0; target < targets_->size(); ++target)
      truth.push_back(newest.known_at(target, TimePoint::max()));
  }
  early_.newest_answers = early_.answers.compare(outputs, truth);
}

AnsweredRows ModelLoop::answered_rows(const std::string& version) const {
  AnsweredRows answered = recent_.newest_answered(config_.monitor.window.rows, version);
  if (state().quarantines.all().empty() || answered.rows.times.empty()) return answered;
  std::vector<std::size_t> good;
  for (std::size_t row = 0; row < answered.rows.rows; ++row)
    if (!state().quarantines.contains(answered.rows.times[row])) good.push_back(row);
  return good.size() == answered.rows.rows ? answered : answered.pick(good);
}

EstimateReport ModelLoop::estimate_of(const std::string& version, const AnsweredRows& answered, double labelled) {
  auto estimate = early_.estimator->estimate(answered.rows, answered.outputs, config_.monitor.min_rows);
  // Of what cannot be estimated nothing is known: a warning that is live stays.
  if (!estimate) return nothing(Verdict::invalid, estimate.error().message(), labelled);
  const auto primary = split_metric(config_.primary, *targets_, config_.metrics);
  const auto higher = stats::higher_is_better(primary->metric);
  std::optional<stats::Estimate> baseline;
  if (const auto of_version = state().baselines.find(version); of_version != state().baselines.end())
    if (const auto known = of_version->second.find(config_.primary); known != of_version->second.end())
      baseline = known->second;
  drift::DecaySettings settings;
  settings.metric = config_.primary;
  settings.drop = config_.estimate.drop;
  settings.min_rows = config_.monitor.min_rows;
  EstimateReport report;
  report.labelled = labelled;
  stats::Estimate sure = estimate->estimate;
  sure.standard_error = std::hypot(sure.standard_error, estimate->model_error);
  report.judged = drift::judge_decay(baseline, sure, settings, higher.value_or(true));
  report.verdict = report.judged.verdict;
  report.estimate = std::move(*estimate);
  return report;
}

Status ModelLoop::estimate(const Detection& found, TimePoint now) {
  if (!config_.estimate.on && state().estimated_decay) {
    early_.newest = nothing(Verdict::pass, "estimates are switched off");
    TRY(journal_estimate(now));
  }
  if (!config_.estimate.on && !config_.watch_answers) return {};
  const std::string champion = champion_text();
  const AnsweredRows answered = answered_rows(champion);
  compare_answers(champion, answered.outputs, now);
  if (!config_.estimate.on) return {};
  const double labelled = labelled_share(champion, answered.rows);
  early_.impact.reset();
  if (answered.rows.rows < config_.monitor.min_rows) {
    early_.newest = nothing(Verdict::invalid, fmt::format("{} rows are too few", answered.rows.rows), labelled);
  } else if (labelled >= config_.estimate.labelled && labels_.comparable) {
    early_.newest = nothing(Verdict::pass, "the labels are there", labelled);
  } else {
    prepare_held_out(champion);
    if (!early_.estimator) {
      early_.newest = nothing(Verdict::pass, early_.problem, labelled);
    } else {
      early_.newest = estimate_of(champion, answered, labelled);
      if (early_.newest.estimate && found.drift && found.drift->drift)
        if (auto impact = early_.estimator->rank(answered.rows, answered.outputs, *found.drift))
          early_.impact = std::move(*impact);
    }
  }
  return journal_estimate(now);
}

Status ModelLoop::journal_estimate(TimePoint now) {
  auto& alarm = early_.alarm;
  const auto& live = state().estimated_decay;
  alarm.raised = live.has_value();
  alarm = drift::next(alarm, early_.newest.verdict, config_.monitor.hold);
  if (alarm.raised == live.has_value()) return {};
  Json body = to_json(early_.newest);
  if (!early_.newest.estimate) body["metric"] = live->value("metric", config_.primary);
  body["reason"] = alarm.raised                     ? "worse than its baseline, by the inputs alone"
                   : !early_.newest.why_not.empty() ? early_.newest.why_not
                   : live->value("version", std::string{}) != champion_text() ? "another version serves"
                                                                              : "as good as its baseline again";
  body["version"] = champion_text();
  body["row"] = rows_seen();
  const auto type = alarm.raised ? event_type::estimated_decay_detected : event_type::estimated_decay_resolved;
  ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name, std::string(type), body}));
  const auto& newest = early_.newest;
  alert(event, alarm.raised ? "performance is estimated to have fallen" : "the estimated fall is over",
        newest.estimate ? fmt::format("{} about {:.4g} ({:.4g} to {:.4g}), baseline {:.4g}; {:.0f} % of the rows have "
                                      "their labels",
                                      newest.estimate->metric, newest.estimate->estimate.value, newest.estimate->low,
                                      newest.estimate->high, newest.judged.baseline, 100 * newest.labelled)
                        : newest.why_not);
  return {};
}

}  // namespace perennial::lifecycle
