#include "lifecycle/evidence/judge_self_test.hpp"

#include <cmath>

#include "core/beside.hpp"
#include "lifecycle/evidence/thinning.hpp"
#include "lifecycle/evidence/version_losses.hpp"

namespace perennial::lifecycle {

void JudgeSelfTest::add(const feedback::JoinedBatch& batch, const std::string& champion) {
  if (champion.empty()) return;
  if (champion != champion_) {
    rows_.clear();
    champion_ = champion;
  }
  const auto losses = version_losses(batch, champion, targets_);
  for (std::size_t row = 0; row < batch.rows(); ++row) {
    const double loss = losses.targets[target_][row];
    if (losses.answered[row] == 0 || !std::isfinite(loss)) continue;
    const auto entity = entity_of(batch, row);
    rows_.push_back({.loss = {.value = loss, .stated_variance = stated_variance(losses, target_, row)},
                     .unit = entity.value_or(sample_key(batch.ids[row]).hash),
                     .entity = entity});
  }
  if (rows_.size() >= 2 * self_test_rows_kept)
    rows_.erase(rows_.begin(), rows_.end() - static_cast<std::ptrdiff_t>(self_test_rows_kept));
}

void JudgeSelfTest::turn(const rollout::Plan& plan, TimePoint now) {
  if (running_.valid()) {
    // A deferred one (no thread could be had) would be run here, in the middle of a tick: it is left out.
    const auto state = running_.wait_for(std::chrono::seconds(0));
    if (state == std::future_status::timeout) return;
    if (state == std::future_status::ready) newest_ = running_.get();
    running_ = {};
  }
  if (!due_at_) due_at_ = now + self_test_after;
  if (rows_.size() < self_test_rows_least || now < *due_at_) return;
  due_at_ = now + self_test_every;
  const auto day = static_cast<std::uint64_t>(now.time_since_epoch() / self_test_every);
  running_ =
      beside([plan, rows = rows_, day] { return rollout::self_test(plan, rows, rollout::self_test_draws, day); });
}

}  // namespace perennial::lifecycle
