#include "lifecycle/evidence/score_window.hpp"

#include <algorithm>
#include <cmath>

#include "core/catalog.hpp"

namespace perennial::lifecycle {

ScoreWindow::ScoreWindow(std::vector<Target> targets, std::size_t rows_kept)
    : targets_(std::move(targets)), rows_kept_(rows_kept), truth_(targets_.size()) {
  for (const auto& target : targets_) width_ += target.width();
}

void ScoreWindow::add(const feedback::JoinedBatch& batch, std::size_t version) {
  const auto& scored = batch.versions[version];
  if (scored.outputs.width != width_) return;  // answers of another signature say nothing about these targets
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    if (scored.present[row] == 0) continue;
    const float* from = scored.outputs.values.data() + row * width_;
    outputs_.insert(outputs_.end(), from, from + width_);
    for (std::size_t t = 0; t < targets_.size(); ++t) truth_[t].push_back(batch.truth[t][row]);
    times_.push_back(batch.inputs.times[row]);
    ++count_;
  }
  if (count_ - first_ > rows_kept_) first_ = count_ - rows_kept_;
  if (first_ > rows_kept_) trim();
}

void ScoreWindow::trim() {
  outputs_.erase(outputs_.begin(), outputs_.begin() + static_cast<std::ptrdiff_t>(first_ * width_));
  for (auto& truth : truth_) truth.erase(truth.begin(), truth.begin() + static_cast<std::ptrdiff_t>(first_));
  times_.erase(times_.begin(), times_.begin() + static_cast<std::ptrdiff_t>(first_));
  count_ -= first_;
  first_ = 0;
}

void ScoreWindow::drop(const feedback::TimeRange& range) {
  trim();
  std::size_t kept = 0;
  for (std::size_t row = 0; row < count_; ++row) {
    if (range.contains(times_[row])) continue;
    if (kept != row) {
      std::copy_n(outputs_.begin() + static_cast<std::ptrdiff_t>(row * width_), width_,
                  outputs_.begin() + static_cast<std::ptrdiff_t>(kept * width_));
      for (auto& truth : truth_) truth[kept] = truth[row];
      times_[kept] = times_[row];
    }
    ++kept;
  }
  count_ = kept;
  outputs_.resize(count_ * width_);
  times_.resize(count_);
  for (auto& truth : truth_) truth.resize(count_);
}

Result<stats::Estimate> ScoreWindow::estimate(std::string_view metric, std::size_t rows) const {
  ASSIGN_OR_RETURN(const MetricName name, split_metric(metric, targets_));
  const std::size_t from = std::max(first_, count_ > rows ? count_ - rows : 0);
  std::size_t offset = 0;
  for (std::size_t t = 0; t < name.target; ++t) offset += targets_[t].width();
  const stats::Scored scored{std::span(outputs_).subspan(from * width_), width_, offset, &targets_[name.target],
                             std::span(truth_[name.target]).subspan(from)};
  return stats::evaluate(name.metric, scored, stats::Dependence::serial);
}

std::size_t ScoreWindow::labelled_from(TimePoint from, std::size_t target) const {
  std::size_t rows = 0;
  for (std::size_t row = first_; row < count_; ++row)
    rows += times_[row] >= from && !std::isnan(truth_[target][row]) ? 1 : 0;
  return rows;
}

std::vector<Truth> ScoreWindow::newest_truth(std::size_t rows) const {
  const std::size_t from = std::max(first_, count_ > rows ? count_ - rows : 0);
  std::vector<Truth> newest;
  for (const auto& truth : truth_) newest.emplace_back(truth.begin() + static_cast<std::ptrdiff_t>(from), truth.end());
  return newest;
}

void ScoreWindow::clear() {
  outputs_.clear();
  for (auto& truth : truth_) truth.clear();
  times_.clear();
  first_ = count_ = 0;
}

Result<MetricName> split_metric(std::string_view name, const std::vector<Target>& targets) {
  // Metric names have no dots, target names may.
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos && targets.size() == 1) return MetricName{0, std::string(name)};
  std::vector<std::string> known;
  for (std::size_t t = 0; t < targets.size(); ++t) {
    if (dot != std::string_view::npos && targets[t].name == name.substr(0, dot))
      return MetricName{t, std::string(name.substr(dot + 1))};
    known.push_back(targets[t].name + ".<metric>");
  }
  return unknown_name("metric", name, known);
}

}  // namespace perennial::lifecycle
