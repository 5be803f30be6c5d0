#include "training/split.hpp"
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/hash.hpp"

namespace perennial::training {
namespace {

/// The first row of the instant that row `at` belongs to.
std::size_t instant_begin(const Table& rows, std::size_t at) {
  if (rows.times.empty()) return at;
  return static_cast<std::size_t>(std::lower_bound(rows.times.begin(), rows.times.end(), rows.times[at]) -
                                  rows.times.begin());
}
std::size_t instant_end(const Table& rows, std::size_t at) {
  if (rows.times.empty()) return at + 1;
  return static_cast<std::size_t>(std::upper_bound(rows.times.begin(), rows.times.end(), rows.times[at]) -
                                  rows.times.begin());
}

/// Where the newest `share` of the first `count` rows begins, moved to the border of an instant; 0 or `count` where all
/// of them are one instant.
std::size_t boundary(const Table& rows, std::size_t count, double share) {
  const auto taken = static_cast<std::size_t>(std::llround(share * static_cast<double>(count)));
  const std::size_t wanted = count - std::clamp<std::size_t>(taken, 1, count);
  const std::size_t begin = instant_begin(rows, wanted);
  return begin > 0 ? begin : std::min(count, instant_end(rows, wanted));
}

void fill(std::vector<std::size_t>& part, std::size_t from, std::size_t to) {
  for (std::size_t row = from; row < to; ++row) part.push_back(row);
}

void describe(const Table& rows, const std::vector<std::size_t>& part, TimePoint& from, TimePoint& to) {
  if (part.empty() || rows.times.empty()) return;
  from = to = rows.times[part.front()];
  for (const auto row : part) {
    from = std::min(from, rows.times[row]);
    to = std::max(to, rows.times[row]);
  }
}

Status split_by_time(const Table& rows, const SplitOptions& options, Split& split) {
  if (!std::is_sorted(rows.times.begin(), rows.times.end()))
    return fail(ErrorCode::invalid, "the rows are not in the order of their times");
  std::size_t holdout = options.holdout_rows ? rows.rows - std::min(rows.rows, *options.holdout_rows)
                                             : boundary(rows, rows.rows, options.holdout);
  if (holdout == 0 || holdout == rows.rows)
    return fail(ErrorCode::invalid, "all rows have the same time, so none is later than the others");
  if (options.champion_train_to && !rows.times.empty()) {
    const auto later = static_cast<std::size_t>(
        std::upper_bound(rows.times.begin(), rows.times.end(), *options.champion_train_to) - rows.times.begin());
    if (!options.holdout_rows && later > holdout && rows.rows - later >= least_holdout_rows) holdout = later;
    split.holdout_unseen_by_champion = later <= holdout;
  } else {
    split.holdout_unseen_by_champion = !options.champion_train_to.has_value();
  }
  std::size_t validation = holdout < 2 ? holdout : boundary(rows, holdout, options.validation);
  if (validation == 0) validation = holdout;
  fill(split.train, 0, validation);
  fill(split.validation, validation, holdout);
  fill(split.holdout, holdout, rows.rows);
  return {};
}

Status split_by_entity(const Table& rows, const SplitOptions& options, Split& split) {
  std::map<std::string_view, double> places;  // entity → its place in [0, 1)
  for (const auto& entity : rows.entities)
    places.try_emplace(entity, static_cast<double>(hash64(entity, options.seed) >> 11) * 0x1.0p-53);
  if (places.size() < 3)
    return fail(ErrorCode::invalid, fmt::format("the rows are of {} entities", places.size()), "",
                "a split by entity needs three; use split: time");
  std::vector<std::pair<double, std::string_view>> order;
  for (const auto& [entity, place] : places) order.emplace_back(place, entity);
  std::sort(order.begin(), order.end());
  const auto below = [&](double limit) {
    return static_cast<std::size_t>(std::lower_bound(order.begin(), order.end(), std::pair(limit, std::string_view())) -
                                    order.begin());
  };
  const std::size_t wanted = below(options.holdout);
  const std::size_t holdout = std::clamp<std::size_t>(wanted, 1, order.size() - 2);
  const std::size_t validation = std::clamp<std::size_t>(
      below(options.holdout + (1 - options.holdout) * options.validation), holdout + 1, order.size() - 1);
  // Where the shares gave no entity, the next one was taken: a champion may have learned from it.
  split.holdout_unseen_by_champion = !options.champion_train_to || holdout <= wanted;
  std::map<std::string_view, int> part;
  for (std::size_t i = 0; i < order.size(); ++i) part[order[i].second] = i < holdout ? 2 : i < validation ? 1 : 0;
  for (std::size_t row = 0; row < rows.rows; ++row) {
    const int which = part.at(rows.entities[row]);
    (which == 2 ? split.holdout : which == 1 ? split.validation : split.train).push_back(row);
  }
  return {};
}

Json part_to_json(std::size_t rows, TimePoint from, TimePoint to) {
  if (from == TimePoint{} && to == TimePoint{}) return {{"rows", rows}, {"from", nullptr}, {"to", nullptr}};
  return {{"rows", rows}, {"from", format_time(from)}, {"to", format_time(to)}};
}

}  // namespace

Result<Split> split_rows(const LabelledRows& labelled, const SplitOptions& options) {
  const auto& rows = labelled.inputs;
  if (rows.rows < 3)
    return fail(ErrorCode::invalid, fmt::format("{} rows are too few to train on and to judge by", rows.rows));
  if ((!rows.times.empty() && rows.times.size() != rows.rows) ||
      (!rows.entities.empty() && rows.entities.size() != rows.rows))
    return fail(ErrorCode::internal, "a table has another number of times or entities than rows");
  Split split;
  split.kind = options.holdout_rows ? SplitKind::time : options.kind;
  if (split.kind == SplitKind::automatic) {
    std::vector<std::string_view> distinct(rows.entities.begin(), rows.entities.end());
    std::sort(distinct.begin(), distinct.end());
    const auto entities = std::unique(distinct.begin(), distinct.end()) - distinct.begin();
    split.kind = entities >= least_split_entities ? SplitKind::entity : SplitKind::time;
  }
  if (split.kind == SplitKind::entity && rows.entities.empty())
    return fail(ErrorCode::invalid, "the rows have no entities to split by", "", "use split: time");
  TRY(split.kind == SplitKind::entity ? split_by_entity(rows, options, split) : split_by_time(rows, options, split));
  describe(rows, split.train, split.train_from, split.train_to);
  describe(rows, split.validation, split.validation_from, split.validation_to);
  describe(rows, split.holdout, split.holdout_from, split.holdout_to);
  return split;
}

Json to_json(const Split& split) {
  return {{"kind", std::string(to_string(split.kind))},
          {"train", part_to_json(split.train.size(), split.train_from, split.train_to)},
          {"validation", part_to_json(split.validation.size(), split.validation_from, split.validation_to)},
          {"holdout", part_to_json(split.holdout.size(), split.holdout_from, split.holdout_to)},
          {"holdout_unseen_by_champion", split.holdout_unseen_by_champion}};
}

}  // namespace perennial::training
