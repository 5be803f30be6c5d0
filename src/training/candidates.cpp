#include "training/candidates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "stats/paired.hpp"
#include "training/run.hpp"

namespace perennial::training {
namespace {

LabelledRows slice(const LabelledRows& rows, std::size_t first, std::size_t count) {
  LabelledRows part;
  part.inputs = rows.inputs.slice(first, count);
  for (const auto& truth : rows.truth)
    part.truth.emplace_back(truth.begin() + static_cast<std::ptrdiff_t>(first),
                            truth.begin() + static_cast<std::ptrdiff_t>(first + count));
  return part;
}

/// Which rows of the request learn, compare and judge, whichever set is chosen.
struct Parts {
  SplitKind kind = SplitKind::time;
  std::size_t holdout_from = 0;    ///< time: the first row that judges
  std::set<std::string> held_out;  ///< entity: the entities whose rows judge
  std::size_t block_rows = 0;      ///< that compare: the newest that do not judge
};

bool judges(const Parts& parts, const Table& rows, std::size_t row) {
  return parts.kind == SplitKind::entity ? parts.held_out.contains(rows.entities[row]) : row >= parts.holdout_from;
}

/// Holdout and block are shares of the shortest set: what is older than it would leave it nothing to learn from.
Result<Parts> part(const TrainingRequest& request) {
  const auto& rows = request.rows;
  const std::size_t count = rows.inputs.rows;
  std::size_t shortest = 0;
  for (const auto& set : request.sets) shortest = std::max(shortest, set.first);
  const auto to = request.champion ? request.champion_train_to : std::nullopt;
  const SplitOptions options{request.config.split, request.config.holdout, validation_share, request.config.seed, to};
  ASSIGN_OR_RETURN(const Split split, split_rows(slice(rows, shortest, count - shortest), options));
  Parts parts;
  parts.kind = split.kind;
  parts.holdout_from = count;
  if (split.kind == SplitKind::time) {
    parts.holdout_from = shortest + split.holdout.front();
  } else {
    // With few entities each set may hold out others: none of them compares.
    for (const auto& set : request.sets) {
      ASSIGN_OR_RETURN(const Split own, split_rows(slice(rows, set.first, count - set.first), options));
      for (const auto row : own.holdout) parts.held_out.insert(rows.inputs.entities[set.first + row]);
    }
  }
  std::vector<std::size_t> left;
  for (std::size_t row = shortest; row < parts.holdout_from; ++row)
    if (!judges(parts, rows.inputs, row)) left.push_back(row);
  LabelledRows learning;
  learning.inputs = rows.inputs.pick(left);
  const auto block =
      split_rows(learning, {SplitKind::time, request.config.holdout, validation_share, request.config.seed, {}});
  if (!block) return parts;  // no block: no comparison
  parts.block_rows = block->holdout.size();
  return parts;
}

/// The set's rows before the block, and the block held out.
TrainingRequest trial_of(const TrainingRequest& request, const Parts& parts, std::size_t set) {
  TrainingRequest trial = only_set(request, set);
  const std::size_t first = request.sets[set].first;
  std::vector<std::size_t> kept;
  std::vector<float> weights;
  for (std::size_t row = 0; row < trial.rows.inputs.rows; ++row) {
    if (judges(parts, request.rows.inputs, first + row)) continue;
    kept.push_back(row);
    if (!trial.weights.empty()) weights.push_back(trial.weights[row]);
  }
  LabelledRows rows;
  rows.inputs = trial.rows.inputs.pick(kept);
  for (const auto& truth : trial.rows.truth) {
    auto& values = rows.truth.emplace_back();
    for (const auto row : kept) values.push_back(truth[row]);
  }
  trial.rows = std::move(rows);
  trial.weights = std::move(weights);
  trial.holdout_rows = parts.block_rows;
  trial.champion = nullptr;
  trial.champion_train_to.reset();
  return trial;
}

stats::Scored scored(const RunResult& run, std::size_t target) {
  return {run.challenger_outputs.values, run.challenger_outputs.width, run.signature.offset(target),
          &run.signature.targets[target], run.holdout.truth[target]};
}

/// Fills in losses and differences and chooses; of equals the one that the config names first.
void choose(const std::vector<std::optional<RunResult>>& trials, std::size_t target, Comparison& comparison) {
  const std::string metric = comparison.metric.substr(comparison.metric.rfind('.') + 1);
  std::optional<std::size_t> best;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    if (!trials[i]) continue;
    auto& score = comparison.scores[i];
    const auto loss = stats::evaluate(metric, scored(*trials[i], target), stats::Dependence::serial);
    if (!loss) {
      score.problem = loss.error().message();
      continue;
    }
    score.loss = loss->value;
    score.standard_error = loss->standard_error;
    if (!best || *score.loss < *comparison.scores[*best].loss) best = i;
  }
  if (!best) {
    comparison.reason = "none of them could be scored; the first is taken";
    return;
  }
  comparison.chosen = *best;
  const auto& won = comparison.scores[*best];
  std::string others;
  for (std::size_t i = 0; i < trials.size(); ++i) {
    auto& score = comparison.scores[i];
    if (i == *best || !score.loss) continue;
    score.difference = *score.loss - *won.loss;
    if (const auto paired = stats::compare_paired(metric, scored(*trials[*best], target), scored(*trials[i], target)))
      score.difference_standard_error = paired->standard_error;
    others += fmt::format("{} of {} by {:.3g} (standard error {:.2g})", others.empty() ? ", below that" : " and",
                          score.window, score.difference, score.difference_standard_error);
  }
  comparison.reason = fmt::format("{} has the lowest {} on the newest {} rows before the holdout, {:.4g}{}", won.window,
                                  comparison.metric, comparison.block_rows, *won.loss, others);
}

}  // namespace

TrainingRequest only_set(const TrainingRequest& request, std::size_t set) {
  TrainingRequest single = request;
  single.sets.clear();
  if (set >= request.sets.size()) return single;
  const auto& chosen = request.sets[set];
  single.rows = slice(request.rows, chosen.first, request.rows.inputs.rows - chosen.first);
  single.weights = chosen.weights;
  single.window = chosen.reason;
  return single;
}

Result<RunResult> run_candidates(const TrainingRequest& request, ProcessRunner& runner, RunCache* cache,
                                 const CancelFlag& cancel) {
  const auto& targets = request.base.targets;
  if (request.judged_target >= targets.size())
    return fail(ErrorCode::internal, "the candidates are judged by a target that is not there", request.model);
  for (const auto& set : request.sets)
    if (set.first >= request.rows.inputs.rows)
      return fail(ErrorCode::internal, "a training set has no rows", request.model);
  ASSIGN_OR_RETURN(const Parts parts, part(request));

  Comparison comparison;
  comparison.metric = targets[request.judged_target].name +
                      (targets[request.judged_target].task == Task::regression ? ".rmse" : ".log_loss");
  comparison.block_rows = parts.block_rows;
  for (const auto& set : request.sets) comparison.scores.push_back({set.window, set.reason, 0, {}, 0, 0, 0, {}});

  Duration spent{0};  // of the limit: what is remembered takes no time now
  Duration elapsed{0};
  Duration run_elapsed{0};
  Duration cpu{0};
  bool all_from_cache = true;
  const auto train = [&](TrainingRequest one) -> Result<RunResult> {
    one.config.limit = std::max<Duration>(Duration(1), one.config.limit - spent);
    auto run = training::run(one, runner, cache, cancel);
    if (!run) return run;
    if (!run->from_cache) spent += run->train_elapsed;
    elapsed += run->train_elapsed;
    run_elapsed += run->run_elapsed;
    cpu += run->train_cpu;
    all_from_cache = all_from_cache && run->from_cache;
    return run;
  };

  if (parts.block_rows < least_holdout_rows) {
    comparison.reason = fmt::format("{} rows are too few to compare on; the first is taken", parts.block_rows);
  } else {
    std::vector<std::optional<RunResult>> trials(request.sets.size());
    std::optional<Error> first_problem;
    for (std::size_t i = 0; i < request.sets.size(); ++i) {
      auto trial = train(trial_of(request, parts, i));
      if (trial) {
        comparison.scores[i].rows = trial->split.train.size() + trial->split.validation.size();
        trials[i] = std::move(*trial);
        continue;
      }
      if (trial.error().code == ErrorCode::cancelled || trial.error().code == ErrorCode::timeout)
        return std::unexpected(trial.error());
      comparison.scores[i].problem = trial.error().message();
      if (!first_problem) first_problem = trial.error();
    }
    if (std::ranges::none_of(trials, [](const auto& trial) { return trial.has_value(); }))
      return std::unexpected(*first_problem);
    choose(trials, request.judged_target, comparison);
  }

  TrainingRequest chosen = only_set(request, comparison.chosen);
  if (parts.kind == SplitKind::time) chosen.holdout_rows = request.rows.inputs.rows - parts.holdout_from;
  ASSIGN_OR_RETURN(auto result, train(std::move(chosen)));
  result.first_row = request.sets[comparison.chosen].first;
  result.size = training_size(request);
  result.train_elapsed = elapsed;
  result.run_elapsed = run_elapsed;
  result.train_cpu = cpu;
  result.from_cache = all_from_cache;
  result.comparison = std::move(comparison);
  return result;
}

Json to_json(const Comparison& comparison) {
  Json candidates = Json::array();
  for (const auto& score : comparison.scores) {
    Json one = {{"window", score.window},
                {"reason", score.reason},
                {"rows", score.rows},
                {"loss", score.loss ? Json(*score.loss) : Json(nullptr)},
                {"standard_error", score.loss ? Json(score.standard_error) : Json(nullptr)},
                {"difference", score.loss ? Json(score.difference) : Json(nullptr)},
                {"difference_standard_error", score.loss ? Json(score.difference_standard_error) : Json(nullptr)}};
    if (!score.problem.empty()) one["problem"] = score.problem;
    candidates.push_back(std::move(one));
  }
  return {{"metric", comparison.metric},
          {"block_rows", comparison.block_rows},
          {"chosen", comparison.scores.empty() ? "" : comparison.scores[comparison.chosen].window},
          {"reason", comparison.reason},
          {"candidates", std::move(candidates)}};
}

}  // namespace perennial::training
