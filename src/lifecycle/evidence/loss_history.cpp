#include "lifecycle/evidence/loss_history.hpp"

#include <algorithm>
#include <cmath>

#include "stats/metrics.hpp"

namespace perennial::lifecycle {
namespace {

constexpr std::uint64_t unit_rows = 10 * triggers::loss_block_rows;

}  // namespace

LossHistory::LossHistory(std::vector<Target> targets, std::size_t target)
    : targets_(std::move(targets)), target_(target) {
  for (std::size_t t = 0; t < targets_.size(); ++t) {
    if (t < target_) offset_ += targets_[t].width();
    width_ += targets_[t].width();
  }
}

void LossHistory::add(const feedback::JoinedBatch& batch, std::span<const double> fresh, std::span<const double> aged) {
  RowLosses losses(batch.versions.size());
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const std::int32_t by = batch.answered_by[row];
    if (by < 0) continue;
    const auto v = static_cast<std::size_t>(by);
    const auto& version = batch.versions[v];
    if (version.outputs.width != width_) continue;  // answers of another signature say nothing about this target
    const double loss = losses_of(batch, v, losses)[row];
    if (!std::isfinite(loss)) continue;

    if (version.arm == feedback::Arm::champion) {
      first_as_champion_.try_emplace(version.version, rows_total_);
      if (row < fresh.size() && std::isfinite(fresh[row])) pair(batch, row, fresh[row], losses);
    }
    if (first_rows_ < unit_rows) {
      first_loss_ += loss;
      ++first_rows_;
    }
    if (open_.rows == 0) open_.from_row = rows_total_;
    open_.loss += loss;
    open_.loss_squares += loss * loss;
    fresh_.add(fresh, row);
    aged_.add(aged, row);
    const auto known = std::ranges::find(answered_, version.version, &std::pair<std::string, std::uint64_t>::first);
    if (known == answered_.end()) answered_.emplace_back(version.version, 1);
    else ++known->second;
    ++rows_total_;
    if (++open_.rows == triggers::loss_block_rows) close_block();
  }
}

void LossHistory::counted_before(std::uint64_t rows) {
  if (rows <= rows_total_) return;
  const std::uint64_t missing = rows - rows_total_;
  rows_total_ = rows;
  for (auto& block : blocks_) block.from_row += missing;
  if (open_.rows > 0) open_.from_row += missing;
  for (auto& [version, first] : first_as_champion_) first += missing;
}

const std::vector<double>& LossHistory::losses_of(const feedback::JoinedBatch& batch, std::size_t version,
                                                  RowLosses& all) const {
  if (all[version].empty())
    all[version] = stats::row_losses(
        {batch.versions[version].outputs.values, width_, offset_, &targets_[target_], batch.truth[target_]});
  return all[version];
}

void LossHistory::pair(const feedback::JoinedBatch& batch, std::size_t row, double corrected, RowLosses& all) {
  const auto by = static_cast<std::size_t>(batch.answered_by[row]);
  for (std::size_t v = 0; v < batch.versions.size(); ++v) {
    const auto& version = batch.versions[v];
    if (version.arm != feedback::Arm::challenger || version.outputs.width != width_ || version.present[row] == 0)
      continue;
    if (first_as_champion_.contains(version.version)) continue;
    const double loss = losses_of(batch, v, all)[row];
    if (!std::isfinite(loss)) continue;
    // The running challenger is the last one.
    auto found = std::ranges::find(paired_.rbegin(), paired_.rend(), version.version, &Paired::first);
    if (found == paired_.rend()) {
      if (paired_.size() == triggers::past_retrains_kept) paired_.pop_front();
      paired_.emplace_back(version.version, triggers::PairedGain{});
      found = paired_.rbegin();
    }
    auto& gain = found->second;
    if (gain.rows == triggers::paired_gain_rows) continue;
    ++gain.rows;
    gain.champion += all[by][row];
    gain.challenger += loss;
    gain.corrected += corrected;
  }
}

void LossHistory::Partial::add(std::span<const double> values, std::size_t row) {
  if (row >= values.size() || !std::isfinite(values[row])) return;
  sum += values[row];
  ++rows;
}

double LossHistory::Partial::of(std::uint64_t all) const {
  return rows == all ? sum : std::numeric_limits<double>::quiet_NaN();
}

void LossHistory::close_block() {
  std::uint64_t most = 0;
  for (const auto& [version, rows] : answered_)
    if (rows >= most) {
      most = rows;
      open_.version = version;
    }
  open_.fresh_loss = std::exchange(fresh_, {}).of(open_.rows);
  open_.aged_loss = std::exchange(aged_, {}).of(open_.rows);
  blocks_.push_back(std::exchange(open_, {}));
  if (blocks_.size() > 2 * triggers::loss_blocks_kept)
    blocks_.erase(blocks_.begin(), blocks_.end() - static_cast<std::ptrdiff_t>(triggers::loss_blocks_kept));
  answered_.clear();
}

double LossHistory::unit() const {
  if (is_classification(targets_[target_].task)) return 1;
  return first_loss_ > 0 ? first_loss_ / static_cast<double>(first_rows_) : 1;
}

std::optional<std::uint64_t> LossHistory::first_as_champion(const std::string& version) const {
  const auto found = first_as_champion_.find(version);
  return found == first_as_champion_.end() ? std::nullopt : std::optional(found->second);
}

triggers::PairedGain LossHistory::paired(const std::string& version) const {
  const auto found = std::ranges::find(paired_, version, &Paired::first);
  return found == paired_.end() ? triggers::PairedGain{} : found->second;
}

}  // namespace perennial::lifecycle
