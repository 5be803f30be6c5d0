#include "lifecycle/evidence/label_waits.hpp"

#include <algorithm>
#include <cmath>

#include "lifecycle/evidence/thinning.hpp"

namespace perennial::lifecycle {

LabelWaits::LabelWaits(std::vector<Target> targets, std::size_t target)
    : targets_(std::move(targets)), target_(target) {
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    if (t < target_) offset_ += targets_[t].width();
    width_ += targets_[t].width();
  }
}

void LabelWaits::predicted(const feedback::PredictionRecord& record) {
  const feedback::ScoredVersion* champion = nullptr;
  for (const auto& version : record.versions)
    if (version.arm == feedback::Arm::champion && version.outputs.width == width_) champion = &version;
  const std::uint64_t version = champion != nullptr ? sample_key(champion->version).hash : 0;
  const auto& times = record.request.times;
  if (times.size() != record.rows()) return;
  const std::size_t width = targets_[target_].width();
  const std::lock_guard lock(mutex_);
  for (std::size_t row = 0; row < record.rows(); ++row) {
    const SampleKey key = sample_key(record.ids[row]);
    if (key.rank() < level_) continue;
    Row one;
    one.key = key.hash;
    one.predicted = times[row];
    one.version = version;
    one.said = std::nanf("");
    if (champion != nullptr && champion->scored[row] != 0) {
      const float* outputs = champion->outputs.values.data() + row * width_ + offset_;
      const Task task = targets_[target_].task;
      one.said = task == Task::regression ? outputs[0]
                 : task == Task::binary   ? outputs[width - 1]
                                          : static_cast<float>(std::max_element(outputs, outputs + width) - outputs);
    }
    one.level = level_;
    if (!index_.emplace(one.key, rows_.size()).second) continue;  // an id that is there already
    rows_.push_back(one);
    if (rows_.size() >= 2 * label_waits_kept) shrink();
  }
}

void LabelWaits::labelled(const feedback::JoinedBatch& batch) {
  const std::lock_guard lock(mutex_);
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (std::isnan(batch.truth[target_][row])) continue;
    longest_ = std::max(longest_, batch.delay(row));
    const SampleKey key = sample_key(batch.ids[row]);
    if (key.rank() < level_) continue;
    if (const auto found = index_.find(key.hash); found != index_.end())
      rows_[found->second].labelled = batch.label_received_at[row];
  }
}

void LabelWaits::shrink() {
  // Clients state times: a few that lie far in the future must not make all others old.
  std::vector<TimePoint> times;
  times.reserve(rows_.size());
  for (const Row& row : rows_) times.push_back(row.predicted);
  const auto near_newest = times.end() - 1 - static_cast<std::ptrdiff_t>(times.size() / 100);
  std::ranges::nth_element(times, near_newest);
  const TimePoint newest = *near_newest;
  const TimePoint oldest = newest - std::max(label_waited_least, 4 * longest_);
  std::erase_if(rows_, [&](const Row& row) { return row.predicted < oldest; });
  if (level_ > 0 && rows_.size() < label_waits_kept / 2) --level_;
  while (rows_.size() > label_waits_kept) {
    ++level_;
    std::erase_if(rows_, [&](const Row& row) { return SampleKey{row.key}.rank() < level_; });
  }
  index_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) index_.emplace(rows_[i].key, i);
}

std::vector<drift::AwaitedLabel> LabelWaits::rows(const std::string& version) const {
  const std::uint64_t wanted = sample_key(version).hash;
  const std::lock_guard lock(mutex_);
  std::uint8_t level = level_;
  for (const Row& row : rows_) level = std::max(level, row.level);
  std::vector<drift::AwaitedLabel> rows;
  rows.reserve(rows_.size());
  for (const Row& row : rows_)
    if (SampleKey{row.key}.rank() >= level)
      rows.push_back(
          {row.predicted, row.labelled, row.version == wanted ? static_cast<double>(row.said) : std::nan("")});
  return rows;
}

}  // namespace perennial::lifecycle
