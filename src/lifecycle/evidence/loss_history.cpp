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

void LossHistory::add(const feedback::JoinedBatch& batch, std::span<const double> fresh) {
  std::vector<std::vector<double>> losses(batch.versions.size());
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const std::int32_t by = batch.answered_by[row];
    if (by < 0) continue;
    const auto v = static_cast<std::size_t>(by);
    const auto& version = batch.versions[v];
    if (version.outputs.width != width_) continue;  // answers of another signature say nothing about this target
    if (losses[v].empty())
      losses[v] =
          stats::row_losses({version.outputs.values, width_, offset_, &targets_[target_], batch.truth[target_]});
    const double loss = losses[v][row];
    if (!std::isfinite(loss)) continue;

    if (version.arm == feedback::Arm::champion) first_as_champion_.try_emplace(version.version, rows_total_);
    if (first_rows_ < unit_rows) {
      first_loss_ += loss;
      ++first_rows_;
    }
    if (open_.rows == 0) open_.from_row = rows_total_;
    open_.loss += loss;
    open_.loss_squares += loss * loss;
    if (row < fresh.size() && std::isfinite(fresh[row])) {
      open_.fresh_loss = fresh_rows_++ == 0 ? fresh[row] : open_.fresh_loss + fresh[row];
    }
    const auto known = std::ranges::find(answered_, version.version, &std::pair<std::string, std::uint64_t>::first);
    if (known == answered_.end()) answered_.emplace_back(version.version, 1);
    else ++known->second;
    ++rows_total_;
    if (++open_.rows == triggers::loss_block_rows) close_block();
  }
}

void LossHistory::close_block() {
  std::uint64_t most = 0;
  for (const auto& [version, rows] : answered_)
    if (rows >= most) {
      most = rows;
      open_.version = version;
    }
  // A block of which only a part was estimated cannot be compared.
  if (fresh_rows_ < open_.rows) open_.fresh_loss = std::numeric_limits<double>::quiet_NaN();
  blocks_.push_back(std::exchange(open_, {}));
  if (blocks_.size() > 2 * triggers::loss_blocks_kept)
    blocks_.erase(blocks_.begin(), blocks_.end() - static_cast<std::ptrdiff_t>(triggers::loss_blocks_kept));
  answered_.clear();
  fresh_rows_ = 0;
}

double LossHistory::unit() const {
  if (is_classification(targets_[target_].task)) return 1;
  return first_loss_ > 0 ? first_loss_ / static_cast<double>(first_rows_) : 1;
}

std::optional<std::uint64_t> LossHistory::first_as_champion(const std::string& version) const {
  const auto found = first_as_champion_.find(version);
  return found == first_as_champion_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace perennial::lifecycle
