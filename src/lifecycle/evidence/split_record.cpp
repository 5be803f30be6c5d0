#include "lifecycle/evidence/split_record.hpp"

#include <algorithm>
#include <cmath>

#include "lifecycle/evidence/thinning.hpp"
#include "rollout/split.hpp"
#include "stats/running_mean.hpp"

namespace perennial::lifecycle {
namespace {

rollout::ArmLabels labels_of(const stats::RunningMean& labelled) {
  const auto known = labelled.uncertainty();
  return {labelled.n(), labelled.n() > 0 ? labelled.mean() : 0, known.standard_error, known.effective_n};
}

}  // namespace

void SplitRecord::follow(std::uint64_t phase, const std::optional<rollout::RolloutState>& state) {
  const std::lock_guard lock(mutex_);
  if (phase == phase_) return;
  phase_ = phase;
  rows_.clear();
  index_.clear();
  units_.clear();
  row_level_ = unit_level_ = 0;
  challenger_units_ = champion_units_ = 0;
  const bool canary = state && state->phase == rollout::Phase::canary;
  challenger_ = canary ? state->challenger : std::string();
  seed_ = canary ? rollout::split_seed(state->salt) : 0;
  since_ = newest_ = canary ? state->phase_since : TimePoint{};
  // What routing rounds to, not what the plan says.
  share_ = canary ? static_cast<double>(rollout::challenger_buckets(state->weight)) / rollout::buckets : 0;
}

void SplitRecord::count_unit(std::optional<std::uint64_t> entity, bool challenger) {
  if (entity) {
    if (SampleKey{*entity}.rank() < unit_level_ || !units_.emplace(*entity, challenger).second) return;
  }
  ++(challenger ? challenger_units_ : champion_units_);
  if (units_.size() <= split_units_kept) return;
  // A unit is kept or left out by its name alone, so that the shares stay what they are.
  ++unit_level_;
  std::erase_if(units_, [&](const auto& unit) { return SampleKey{unit.first}.rank() < unit_level_; });
  challenger_units_ = champion_units_ = 0;
  for (const auto& unit : units_) ++(unit.second ? challenger_units_ : champion_units_);
}

void SplitRecord::predicted(const feedback::PredictionRecord& record) {
  const auto& times = record.request.times;
  if (times.size() != record.rows()) return;
  const std::lock_guard lock(mutex_);
  if (challenger_.empty()) return;
  std::size_t mine = record.versions.size();
  for (std::size_t v = 0; v < record.versions.size(); ++v)
    if (record.versions[v].arm == feedback::Arm::challenger && record.versions[v].version == challenger_) mine = v;
  for (std::size_t row = 0; row < record.rows(); ++row) {
    if (times[row] <= since_ || record.answered[row] == feedback::kNobody) continue;
    const bool named = row < record.request.entities.size() && !record.request.entities[row].empty();
    const std::string& unit = named ? record.request.entities[row] : record.ids[row];
    // Where the challenger scores every row for comparison, only the split knows whose a row was on which it failed.
    const bool challenger =
        mine < record.versions.size() &&
        (record.answered[row] == mine ||
         (record.versions[mine].failed[row] != 0 && rollout::arm_of(unit, seed_, share_) == rollout::Arm::challenger));
    std::optional<std::uint64_t> entity;
    if (named) entity = sample_key(unit).hash;
    count_unit(entity, challenger);
    newest_ = std::max(newest_, times[row]);

    const SampleKey key = sample_key(record.ids[row]);
    if (key.rank() < row_level_ || !index_.emplace(key.hash, rows_.size()).second) continue;
    rows_.push_back({.key = key.hash, .predicted = times[row], .entity = entity, .challenger = challenger});
    if (rows_.size() >= 2 * split_rows_kept) shrink_rows();
  }
}

void SplitRecord::shrink_rows() {
  while (rows_.size() > split_rows_kept) {
    ++row_level_;
    std::erase_if(rows_, [&](const Row& row) { return SampleKey{row.key}.rank() < row_level_; });
  }
  index_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) index_.emplace(rows_[i].key, i);
}

void SplitRecord::labelled(const feedback::JoinedBatch& batch) {
  const std::lock_guard lock(mutex_);
  if (challenger_.empty()) return;
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (std::isnan(batch.truth[target_][row])) continue;
    newest_ = std::max(newest_, batch.label_received_at[row]);
    const SampleKey key = sample_key(batch.ids[row]);
    if (key.rank() < row_level_) continue;
    if (const auto found = index_.find(key.hash); found != index_.end())
      rows_[found->second].labelled = std::min(rows_[found->second].labelled, batch.label_received_at[row]);
  }
}

rollout::SplitEvidence SplitRecord::evidence() const {
  rollout::SplitEvidence split;
  std::vector<Row> rows;
  TimePoint newest;
  {
    // Serving threads wait for the copy, not for the arithmetic.
    const std::lock_guard lock(mutex_);
    if (challenger_.empty()) return split;
    split.share = share_;
    split.challenger_units = challenger_units_;
    split.champion_units = champion_units_;
    rows = rows_;
    newest = newest_;
  }
  std::vector<Duration> waits[2];  // of the champion's rows, of the challenger's
  bool named = false;
  for (const Row& row : rows) {
    named = named || row.entity.has_value();
    if (row.labelled != TimePoint::max()) waits[row.challenger].push_back(row.labelled - row.predicted);
  }
  double widest = -1;
  for (auto& of_arm : waits) {
    if (of_arm.empty()) continue;
    const auto median = of_arm.begin() + static_cast<std::ptrdiff_t>(of_arm.size() / 2);
    std::nth_element(of_arm.begin(), median, of_arm.end());
    const Duration age = std::max(least_age_, *median);
    stats::RunningMean mine(stats::RunningMean::Entities::sampled);
    stats::RunningMean theirs(stats::RunningMean::Entities::sampled);
    for (const Row& row : rows) {
      if (newest - row.predicted < age) continue;
      const double labelled = row.labelled != TimePoint::max() && row.labelled - row.predicted <= age ? 1 : 0;
      auto& arm = row.challenger ? mine : theirs;
      if (named) arm.add(labelled, row.entity.value_or(row.key));
      else arm.add(labelled);
    }
    const double gap = std::abs(mine.mean() - theirs.mean());
    if (gap <= widest) continue;
    widest = gap;
    split.label_age = age;
    split.challenger_labels = labels_of(mine);
    split.champion_labels = labels_of(theirs);
  }
  return split;
}

}  // namespace perennial::lifecycle
