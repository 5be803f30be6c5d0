#include "lifecycle/evidence/fresh_losses.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/metrics.hpp"

namespace perennial::lifecycle {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr double most_log_odds = 8;
constexpr std::uint64_t least_between_fits = 100;
constexpr std::uint64_t fits_per_tenure = 50;

double log_odds(double p) {
  p = std::clamp(p, 1e-9, 1 - 1e-9);
  return std::clamp(std::log(p / (1 - p)), -most_log_odds, most_log_odds);
}

/// The columns of a batch as floats, categories as the codes of `shape`'s dictionaries.
std::vector<std::vector<float>> floats_of(const Table& batch, Table& shape) {
  if (shape.columns.size() != batch.columns.size()) {
    shape = batch.empty_like();
    for (auto& column : shape.columns)
      if (column.kind == ColumnKind::categorical) column.dictionary = std::make_shared<Dictionary>();
  }
  std::vector<std::vector<float>> all;
  for (std::size_t c = 0; c < batch.columns.size(); ++c) {
    const Column& column = batch.columns[c];
    auto& values = all.emplace_back(batch.rows);
    if (column.kind == ColumnKind::numeric) {
      std::ranges::transform(column.numbers, values.begin(), [](double value) { return static_cast<float>(value); });
      continue;
    }
    std::vector<std::int32_t> known(column.dictionary ? column.dictionary->size() : 0, -1);
    for (std::size_t row = 0; row < batch.rows; ++row) {
      const std::int32_t code = column.codes[row];
      if (code < 0) {
        values[row] = std::numeric_limits<float>::quiet_NaN();
        continue;
      }
      auto& mine = known[static_cast<std::size_t>(code)];
      if (mine < 0) mine = shape.columns[c].dictionary->code_of(column.dictionary->value(code));
      values[row] = static_cast<float>(mine);
    }
  }
  return all;
}

}  // namespace

FreshLosses::FreshLosses(std::vector<Target> targets, std::size_t target, std::size_t window)
    : targets_(std::move(targets)), target_(target), window_(std::clamp(window, least_rows, most_window)) {
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    if (t < target_) offset_ += targets_[t].width();
    width_ += targets_[t].width();
  }
}

void FreshLosses::begin(const std::string& version) {
  version_ = version;
  columns_.clear();
  base_.clear();
  truth_.clear();
  fitted_.clear();
  rows_ = 0;
  next_fit_ = least_rows;
}

void FreshLosses::trim() {
  const auto newest = [&](auto& values) {
    if (values.size() > window_) values.erase(values.begin(), values.end() - static_cast<std::ptrdiff_t>(window_));
  };
  for (auto& column : columns_) newest(column);
  for (auto& base : base_) newest(base);
  newest(truth_);
}

void FreshLosses::fit() {
  trim();
  const bool classes = is_classification(targets_[target_].task);
  std::vector<double> truth = truth_;
  Correction correction;
  for (std::size_t k = 0; k < base_.size(); ++k) {
    if (classes) {
      const double positive = base_.size() == 1 ? 1 : static_cast<double>(k);
      for (std::size_t row = 0; row < truth.size(); ++row) truth[row] = truth_[row] == positive ? 1 : 0;
    }
    correction.push_back(ResidualTrees::fit(columns_, base_[k], truth,
                                            classes ? ResidualTrees::Loss::logistic : ResidualTrees::Loss::squared));
  }
  fitted_.push_back({rows_, std::move(correction)});
  next_fit_ = rows_ + std::max(least_between_fits, rows_ / fits_per_tenure);
}

const FreshLosses::Correction& FreshLosses::aged() {
  static const Correction none;
  while (fitted_.size() > 1 && fitted_[1].at_row + aged_rows <= rows_) fitted_.pop_front();
  return fitted_.empty() || fitted_.front().at_row + aged_rows > rows_ ? none : fitted_.front().correction;
}

double FreshLosses::loss_of(const Correction& trees, const std::vector<float>& row, std::span<const double> base,
                            double truth) const {
  if (trees.empty()) return nothing;
  if (!is_classification(targets_[target_].task)) {
    const double error = base[0] + trees[0].correction(row) - truth;
    return error * error;
  }
  if (trees.size() == 1) {
    const bool positive = base[0] + trees[0].correction(row) > 0;
    return (truth == 1) == positive && (truth == 0 || truth == 1) ? 0 : 1;
  }
  std::size_t best = 0;
  double most = -std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < trees.size(); ++k) {
    const double odds = base[k] + trees[k].correction(row);
    if (odds > most) {
      most = odds;
      best = k;
    }
  }
  return truth == static_cast<double>(best) ? 0 : 1;
}

FreshLosses::Estimates FreshLosses::add(const feedback::JoinedBatch& batch, std::size_t from) {
  Estimates estimates{std::vector<double>(batch.rows(), nothing), std::vector<double>(batch.rows(), nothing)};
  const Target& target = targets_[target_];
  const bool classes = is_classification(target.task);
  if (classes && target.width() > most_classes) return estimates;
  const std::size_t outputs = classes && target.width() > 2 ? target.width() : 1;
  const auto floats = floats_of(batch.inputs, shape_);
  std::vector<std::vector<double>> losses(batch.versions.size());
  std::vector<float> values(floats.size());
  std::vector<double> base(outputs);
  for (std::size_t row = from; row < batch.rows(); ++row) {
    const double truth = batch.truth[target_][row];
    if (batch.answered_by[row] < 0 || std::isnan(truth)) continue;
    const auto v = static_cast<std::size_t>(batch.answered_by[row]);
    const auto& version = batch.versions[v];
    if (version.outputs.width != width_) continue;
    if (version.arm != feedback::Arm::champion) {
      if (losses[v].empty())
        losses[v] = stats::row_losses({version.outputs.values, width_, offset_, &target, batch.truth[target_]});
      estimates.fresh[row] = losses[v][row];
      continue;
    }
    TimePoint at = batch.inputs.times.empty() ? newest_ : batch.inputs.times[row];
    // A client may say any time; that its label was there is ours.
    if (row < batch.label_received_at.size()) at = std::min(at, batch.label_received_at[row]);
    if (version.version != version_) {
      // A late label of an answer that an earlier champion gave says nothing of the present one.
      if (at < newest_) continue;
      begin(version.version);
    }
    newest_ = std::max(newest_, at);
    const float* answer = version.outputs.values.data() + row * width_ + offset_;
    for (std::size_t k = 0; k < outputs; ++k)
      base[k] = !classes ? static_cast<double>(answer[0]) : log_odds(static_cast<double>(answer[outputs == 1 ? 1 : k]));
    for (std::size_t c = 0; c < floats.size(); ++c) values[c] = floats[c][row];
    if (!fitted_.empty()) estimates.fresh[row] = loss_of(fitted_.back().correction, values, base, truth);
    estimates.aged[row] = loss_of(aged(), values, base, truth);
    if (!std::all_of(base.begin(), base.end(), [](double value) { return std::isfinite(value); })) continue;
    columns_.resize(floats.size());
    base_.resize(outputs);
    for (std::size_t c = 0; c < floats.size(); ++c) columns_[c].push_back(values[c]);
    for (std::size_t k = 0; k < outputs; ++k) base_[k].push_back(base[k]);
    truth_.push_back(truth);
    if (++rows_ == next_fit_) fit();
    else if (truth_.size() >= 2 * window_) trim();
  }
  return estimates;
}

}  // namespace perennial::lifecycle
