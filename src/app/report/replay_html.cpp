#include "app/report/replay_html.hpp"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "app/report/body.hpp"
#include "app/report/escape.hpp"
#include "app/report/page.hpp"
#include "app/report/replay_charts.hpp"
#include "app/report/replay_tables.hpp"
#include "app/report/timeline.hpp"
#include "app/report/words.hpp"

namespace perennial::app {
namespace {

std::uint64_t count_of(const Json& body, const char* key) {
  const auto value = number_of(body, key);
  return value && *value > 0 ? static_cast<std::uint64_t>(*value) : 0;
}

std::optional<double> baseline(const Json& report, const char* name) {
  return number_of(object_of(report, "baselines"), name);
}

bool higher_is_better(const Json& report) { return flag_of(report, "higher_is_better", true); }

/// "class.roc_auc" → "ROC AUC".
std::string metric_in_words(const std::string& metric) {
  std::string name = metric.substr(metric.rfind('.') == std::string::npos ? 0 : metric.rfind('.') + 1);
  static constexpr std::pair<std::string_view, std::string_view> known[] = {
      {"rmse", "RMSE"}, {"mae", "MAE"},         {"mse", "MSE"}, {"r2", "R²"},
      {"auc", "AUC"},   {"roc_auc", "ROC AUC"}, {"f1", "F1"},   {"macro_f1", "macro F1"}};
  for (const auto& [from, to] : known)
    if (name == from) return std::string(to);
  for (char& c : name)
    if (c == '_') c = ' ';
  return name.empty() ? "score" : name;
}

/// "15 promotions, 1 rollback".
std::string outcome(const Json& report) {
  const std::uint64_t rollbacks = count_of(report, "rollbacks");
  return count_in_words(count_of(report, "promotions"), "promotion") + ", " +
         (rollbacks == 0 ? "no rollback" : count_in_words(rollbacks, "rollback"));
}

std::string tiles(const Json& report) {
  const auto score = number_of(report, "score");
  const auto never = baseline(report, "never_retrain");
  const auto no_change = baseline(report, "no_change");
  const std::string metric = text_of(report, "metric");
  const bool higher = higher_is_better(report);
  const auto shown = [](const std::optional<double>& value) {
    return value ? number_in_words(*value) : std::string("not known");
  };
  std::string below = higher ? "higher is better" : "lower is better";
  std::string_view mood;
  if (score && never && shown(score) != shown(never)) {
    const bool better = (*score > *never) == higher;
    mood = better ? "good" : "bad";
    const std::string difference = number_in_words(std::abs(*score - *never));
    below = fmt::format("{} {} than never retraining", difference, better ? "better" : "worse");
  }
  const std::uint64_t retrains = count_of(report, "retrains");
  const std::uint64_t rollbacks = count_of(report, "rollbacks");
  return "<div class=\"tiles\">" + html_tile(metric.empty() ? "score" : metric, shown(score), below, mood) +
         html_tile("never retrain", shown(never), "the first version on all rows") +
         html_tile("no change", shown(no_change), "repeats the last label seen") +
         html_tile("retrains", number_in_words(static_cast<double>(retrains)), "trainings after the first") +
         html_tile("promotions", number_in_words(static_cast<double>(count_of(report, "promotions"))),
                   "new champions") +
         html_tile("rollbacks", number_in_words(static_cast<double>(rollbacks)), "versions taken back",
                   rollbacks > 0 ? "bad" : "") +
         "</div>\n";
}

std::string introduction(const ReplayPage& page) {
  const Json& report = page.report;
  std::string words = fmt::format(
      "{} rows, of which the first {} trained the first version and the other {} were predicted one after the other, "
      "each before its label was known.",
      number_in_words(static_cast<double>(count_of(report, "rows"))),
      number_in_words(static_cast<double>(count_of(report, "warmup_rows"))),
      number_in_words(static_cast<double>(count_of(report, "scored_rows"))));
  return fmt::format("<header><p class=\"eyebrow\">Replay of the model {}</p><h1>{}</h1><p>{}</p></header>\n",
                     escaped(text_of(report, "model")), escaped(replay_headline(report)), escaped(words));
}

std::string how_to_read(const Json& report) {
  return html_list(
      {fmt::format("The score is {}, over all predicted rows; each answer is counted for the version that gave it.",
                   higher_is_better(report) ? "better the higher it is" : "better the lower it is"),
       std::string("\"Never retrain\" and \"no change\" are judged on exactly the same rows. A model that does not "
                   "beat \"no change\" has learned nothing of use."),
       std::string("Drift means that a column's values differ from what the champion was trained on. It is a reason to "
                   "look, not proof of harm; the quality alarm is about the answers themselves."),
       std::string("A new version must pass its gates, then runs in the shadow (it scores copies, answers nobody) and "
                   "as a canary (it answers a share) before it is promoted; after that it is watched, and taken back "
                   "if it does worse."),
       std::string("A version's holdout is newer than its training rows and the champion's, or of entities that "
                   "neither has seen, and the champion is judged on the same rows."),
       "Point at, or tap, any mark in the charts for its words."});
}

std::string footer(const Json& report) {
  std::string words = fmt::format("Seed {}", count_of(report, "seed"));
  if (const auto wall = number_of(report, "wall_s")) words += fmt::format(" · took {} s", number_in_words(*wall));
  if (const auto train = number_of(report, "train_cpu_s"))
    words += fmt::format(", training {} s of processor time", number_in_words(*train));
  if (const std::string digest = text_of(report, "journal_digest"); !digest.empty()) words += " · journal " + digest;
  return "<footer>" + escaped(words) + " · made by Perennial</footer>\n";
}

}  // namespace

std::string replay_headline(const Json& report) {
  const std::string metric = metric_in_words(text_of(report, "metric"));
  const auto score = number_of(report, "score");
  const auto never = baseline(report, "never_retrain");
  const std::uint64_t retrains = count_of(report, "retrains");
  const std::string rows =
      fmt::format("on {} rows", number_in_words(static_cast<double>(count_of(report, "scored_rows"))));
  if (!score) return fmt::format("The {} could not be measured {}: {}.", metric, rows, outcome(report));
  const std::string now = number_in_words(*score);
  if (retrains == 0 && count_of(report, "promotions") == 0)
    return fmt::format("Nothing was retrained: the first version's {} was {} {}.", metric, now, rows);
  if (count_of(report, "promotions") == 0)
    return fmt::format("{}, none promoted: the first version kept serving, with {} {} {}.",
                       count_in_words(retrains, "retrain"), metric, now, rows);
  if (!never) return fmt::format("With retraining the {} was {} {}: {}.", metric, now, rows, outcome(report));
  const std::string before = number_in_words(*never);
  if (now == before) return fmt::format("Retraining left the {} at {} {}: {}.", metric, now, rows, outcome(report));
  const bool rose = *score > *never;
  if (rose == higher_is_better(report))
    return fmt::format("Retraining {} {} from {} to {} {}: {}.", rose ? "raised" : "lowered", metric, before, now, rows,
                       outcome(report));
  return fmt::format("Retraining made {} worse, {} instead of {} {}: {}.", metric, now, before, rows, outcome(report));
}

std::string replay_html(const ReplayPage& page) {
  const Timeline timeline = timeline_of(page.report, page.events);
  const std::string metric = text_of(page.report, "metric");
  std::string body = introduction(page) + tiles(page.report);
  body += html_section((metric.empty() ? "Score" : metric) + " over time",
                       fmt::format("<p>{} Each band is the time of one champion, with its version.</p>",
                                   higher_is_better(page.report) ? "Higher is better." : "Lower is better.") +
                           metric_chart(page, timeline));
  const std::size_t hidden =
      timeline.drifted.size() > replay_html_drift_columns ? timeline.drifted.size() - replay_html_drift_columns : 0;
  const std::string drift = drift_chart(timeline);
  body += html_section("Drift by column",
                       drift.empty() ? "<p>No column drifted away from the champion's training data.</p>"
                                     : "<p>Coloured while a column's values differ from the champion's training data, "
                                       "strongest column first; dotted lines are new champions." +
                                           (hidden > 0 ? fmt::format(" {} with weaker drift not shown.",
                                                                     count_in_words(hidden, "column"))
                                                       : std::string{}) +
                                           "</p>" + drift);
  body += html_section("What the loop did",
                       "<p>From alarm to decision, training, gates and rollout, in the order of the file's rows.</p>" +
                           lanes_chart(timeline));
  body += html_section("Versions", versions_table(page));
  body += html_section("Events", events_table(page, timeline));
  if (!page.notes.empty()) body += html_section("Notes on the data", html_list(page.notes));
  body += html_section("How to read this page", how_to_read(page.report)) + footer(page.report);
  return html_page("Replay of " + text_of(page.report, "model"), body);
}

}  // namespace perennial::app
