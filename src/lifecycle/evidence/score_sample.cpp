#include "lifecycle/evidence/score_sample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lifecycle/evidence/thinning.hpp"

namespace perennial::lifecycle {

Result<stats::Estimate> ScoreSlice::evaluate(const MetricName& name) const {
  ASSIGN_OR_RETURN(stats::Estimate estimate,
                   stats::evaluate(name.metric, scored(name.target), stats::Dependence::serial));
  if (one_in_ == 1) return estimate;
  const auto built_in = stats::metrics().find(name.metric);
  if (built_in && (*built_in)->is_sum) {
    estimate.value *= static_cast<double>(one_in_);
    estimate.standard_error *= static_cast<double>(one_in_);
  }
  return estimate;
}

stats::Scored ScoreSlice::scored(std::size_t target) const {
  std::size_t offset = 0;
  for (std::size_t t = 0; t < target; ++t) offset += targets_[t].width();
  return {outputs_, width_, offset, &targets_[target], truth_[target]};
}

Truth ScoreSlice::known_at(std::size_t target, TimePoint at) const {
  Truth truth = truth_[target];
  for (std::size_t row = 0; row < truth.size(); ++row)
    if (labelled_[row] > at) truth[row] = std::numeric_limits<double>::quiet_NaN();
  return truth;
}

ScoreSample::ScoreSample(std::vector<Target> targets, std::size_t rows_kept)
    : targets_(std::move(targets)), rows_kept_(rows_kept), truth_(targets_.size()) {
  for (const auto& target : targets_) width_ += target.width();
}

void ScoreSample::add(const feedback::JoinedBatch& batch, std::size_t version) {
  const auto& scored = batch.versions[version];
  if (scored.outputs.width != width_) return;  // answers of another signature say nothing about these targets
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (scored.present[row] == 0) continue;
    const std::uint8_t rank = sample_key(batch.ids[row]).rank();
    if (rank < level_) continue;
    const float* from = scored.outputs.values.data() + row * width_;
    outputs_.insert(outputs_.end(), from, from + width_);
    for (std::size_t t = 0; t < targets_.size(); ++t) truth_[t].push_back(batch.truth[t][row]);
    times_.push_back(batch.inputs.times[row]);
    labelled_.push_back(row < batch.label_received_at.size() ? batch.label_received_at[row] : batch.inputs.times[row]);
    ranks_.push_back(rank);
    levels_.push_back(level_);
    if (rows() >= 2 * rows_kept_) shrink();
  }
}

template <class Keep>
void ScoreSample::keep_if(Keep keep) {
  std::size_t kept = 0;
  for (std::size_t row = 0; row < times_.size(); ++row) {
    if (!keep(row)) continue;
    if (kept != row) {
      std::copy_n(outputs_.begin() + static_cast<std::ptrdiff_t>(row * width_), width_,
                  outputs_.begin() + static_cast<std::ptrdiff_t>(kept * width_));
      for (auto& truth : truth_) truth[kept] = truth[row];
      times_[kept] = times_[row];
      labelled_[kept] = labelled_[row];
      ranks_[kept] = ranks_[row];
      levels_[kept] = levels_[row];
    }
    ++kept;
  }
  outputs_.resize(kept * width_);
  for (auto& truth : truth_) truth.resize(kept);
  times_.resize(kept);
  labelled_.resize(kept);
  ranks_.resize(kept);
  levels_.resize(kept);
}

void ScoreSample::needs(TimePoint until, std::size_t rows) {
  settled_ = until;
  settled_rows_ = rows;
}

void ScoreSample::shrink() {
  std::vector<TimePoint> settled;
  for (const TimePoint at : times_)
    if (at <= settled_) settled.push_back(at);
  const std::size_t needed = std::max<std::size_t>(settled_rows_ >> level_, 1);
  if (settled.size() > needed) {
    const auto oldest = settled.end() - static_cast<std::ptrdiff_t>(needed);
    std::nth_element(settled.begin(), oldest, settled.end());
    const TimePoint from = *oldest;
    keep_if([&](std::size_t row) { return times_[row] >= from; });
  }
  while (rows() > rows_kept_) {
    ++level_;
    keep_if([&](std::size_t row) { return ranks_[row] >= level_; });
  }
}

void ScoreSample::forget(TimePoint before) {
  if (std::ranges::any_of(times_, [&](TimePoint at) { return at < before; }))
    keep_if([&](std::size_t row) { return times_[row] >= before; });
  // What comes now may be less than what came then.
  if (level_ > 0 && rows() < rows_kept_ / 8) --level_;
}

void ScoreSample::drop(const feedback::TimeRange& range) {
  keep_if([&](std::size_t row) { return !range.contains(times_[row]); });
}

ScoreSlice ScoreSample::slice(const RowChoice& choice) const {
  std::vector<std::size_t> chosen;
  std::uint8_t level = 0;
  bool in_order = true;
  for (std::size_t row = 0; row < times_.size(); ++row) {
    if (times_[row] < choice.from || times_[row] > choice.until) continue;
    in_order = in_order && (chosen.empty() || times_[chosen.back()] <= times_[row]);
    chosen.push_back(row);
    level = std::max(level, levels_[row]);
  }
  level = std::max(level, level_);
  // Rows that came while all were kept are thinned like the others, so that each counts the same.
  if (level > 0) std::erase_if(chosen, [&](std::size_t row) { return ranks_[row] < level; });
  if (!in_order) std::ranges::stable_sort(chosen, [&](std::size_t a, std::size_t b) { return times_[a] < times_[b]; });
  if (const std::size_t most = choice.newest >> level; chosen.size() > most)
    chosen.erase(chosen.begin(), chosen.end() - static_cast<std::ptrdiff_t>(most));
  if (choice.label_age)
    std::erase_if(chosen, [&](std::size_t row) { return labelled_[row] - times_[row] > *choice.label_age; });

  ScoreSlice slice;
  slice.targets_ = targets_;
  slice.width_ = width_;
  slice.one_in_ = std::uint64_t{1} << level;
  slice.outputs_.reserve(chosen.size() * width_);
  slice.truth_.resize(targets_.size());
  for (const std::size_t row : chosen) {
    const auto from = outputs_.begin() + static_cast<std::ptrdiff_t>(row * width_);
    slice.outputs_.insert(slice.outputs_.end(), from, from + static_cast<std::ptrdiff_t>(width_));
    for (std::size_t t = 0; t < targets_.size(); ++t) slice.truth_[t].push_back(truth_[t][row]);
    slice.times_.push_back(times_[row]);
    slice.labelled_.push_back(labelled_[row]);
  }
  return slice;
}

}  // namespace perennial::lifecycle
