// On which rows the next training learns: what the windows of the config choose from the rows that may be learned from.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "lifecycle/model_loop.hpp"
#include "stats/mean_change.hpp"

namespace perennial::lifecycle {
namespace {

/// Labelled answers of the champion below which its losses cannot tell whether something has changed.
constexpr std::size_t losses_that_tell = 200;

}  // namespace

std::optional<triggers::ChangePoint> ModelLoop::newest_change() const {
  std::optional<triggers::ChangePoint> known = state().change;
  const std::string champion = champion_text();
  const auto scores = scores_.find(champion);
  const auto primary = split_metric(config_.primary, *targets_, config_.metrics);
  if (champion.empty() || scores == scores_.end() || !primary) return known;

  const ScoreSlice answered = scores->second.newest().slice({});
  std::vector<double> losses;
  std::vector<TimePoint> times;
  const auto all = stats::row_losses(answered.scored(primary->target));
  for (std::size_t row = 0; row < all.size(); ++row) {
    if (!std::isfinite(all[row])) continue;
    losses.push_back(all[row]);
    times.push_back(answered.times()[row]);
  }

  const std::string these = "the losses of " + champion;
  // More of the same losses know better than fewer did.
  if (known && known->found_by == these && !times.empty() && known->at > times.front()) known.reset();
  std::optional<triggers::ChangePoint> found;
  if (const auto change = stats::newest_mean_change(losses)) found = triggers::ChangePoint{times[change->at], these};
  else if (const auto& onset = state().onset; onset && (state().decayed || losses.size() < losses_that_tell))
    // Something was seen, and the losses do not say where it began: not later than this.
    found = triggers::ChangePoint{*onset, state().decayed                     ? "the score (decay alarm)"
                                          : !state().drifting_columns.empty() ? "the inputs (drift alarm)"
                                                                              : "the importance (importance alarm)"};
  return found && (!known || found->at > known->at) ? found : known;
}

/// Rows whose labels have not all come wait, where the first labels are not like the others: an all-fraud week would
/// teach that everything is one, and its holdout would agree. Where too few rows were left, none waits. Says how many.
std::string ModelLoop::let_young_rows_wait(TimePoint now) {
  examples_.settle_at(std::nullopt);
  if (whole_store_) return {};
  const auto labels = look_at_labels(champion_text(), now);
  const Duration age = labels.early_differ ? labels.age : config_.label_delay.duration;
  std::string words = labels.comparable ? "" : "; " + labels.reason;
  if (age.count() <= 0) return words;
  const std::size_t all = examples_.times().size();
  examples_.settle_at(now - age);
  const std::size_t settled = examples_.times().size();
  if (settled < triggers::enough_rows_factor * config_.train.min_rows) {
    examples_.settle_at(std::nullopt);
    return words;
  }
  if (settled < all)
    words += fmt::format("; {} newer rows wait, because labels take up to {}", all - settled, format_duration(age));
  return words;
}

Status ModelLoop::choose_training_sets(training::TrainingRequest& request, TimePoint now) {
  const auto include = config_.action_dependent ? feedback::ExampleStore::Include::not_challenger_answered
                                                : feedback::ExampleStore::Include::all;
  const std::string waiting = let_young_rows_wait(now);
  const auto times = examples_.times(include);
  triggers::WindowInputs inputs{times, now, std::nullopt, newest_change(), config_.train.min_rows};
  if (const auto* champion = services_.state->registry().champion(config_.name))
    inputs.champion_train_to = champion->train_to;

  const auto& config = config_.triggers;
  const auto usual = triggers::default_window(config_.strategy);
  std::vector<std::shared_ptr<const triggers::Window>> windows = config.candidates;
  if (whole_store_) windows = {triggers::expanding_window()};
  else if (windows.empty()) windows = {config.window != nullptr ? config.window : usual};

  auto& sets = request.sets;
  std::string left_out;
  const auto leave_out = [&](const triggers::Window& window, const std::string& why) {
    left_out += fmt::format("; {}: {}", window.text(), why);
  };
  for (const auto& window : windows) {
    auto choice = window->choose(inputs);
    if (!choice) {
      leave_out(*window, choice.error().what);
      continue;
    }
    const auto same = std::ranges::find_if(
        sets, [&](const auto& set) { return set.first == choice->first && set.weights == choice->weights; });
    if (same != sets.end()) leave_out(*window, "the same rows as " + same->window);
    else sets.push_back({window->text(), choice->first, std::move(choice->weights), std::move(choice->reason)});
  }
  if (sets.empty()) {
    ASSIGN_OR_RETURN(auto choice, usual->choose(inputs));
    sets.push_back({usual->text(), choice.first, std::move(choice.weights), std::move(choice.reason)});
  }

  std::size_t longest = times.size();
  for (const auto& set : sets) longest = std::min(longest, set.first);
  request.rows = examples_.newest(times.size() - longest, include);
  left_out += waiting;
  for (auto& set : sets) {
    set.first -= longest;
    request.window += fmt::format("{}{}", request.window.empty() ? "" : "; or ", set.reason);
  }
  request.window += left_out;
  if (sets.size() == 1) {
    request.weights = std::move(sets.front().weights);
    sets.clear();
  }
  ASSIGN_OR_RETURN(const auto primary, split_metric(config_.primary, *targets_, config_.metrics));
  request.judged_target = primary.target;
  return {};
}

}  // namespace perennial::lifecycle
