#include "lifecycle/evidence/newest_counts.hpp"

#include "rollout/judge.hpp"

namespace perennial::lifecycle {

void NewestCounts::observe(std::uint64_t phase, const rollout::ArmEvidence& so_far) {
  if (phase != phase_) marks_.clear();
  phase_ = phase;
  if (!marks_.empty() && so_far.requests < marks_.back().requests + kRequestsPerMark) return;
  if (so_far.requests == 0) return;
  marks_.push_back({so_far.requests, so_far.errors, so_far.latency_samples, so_far.latency_over});
  if (marks_.size() > kCountMarksKept) marks_.pop_front();
}

rollout::RecentEvidence NewestCounts::since(std::uint64_t phase, const rollout::ArmEvidence& now) const {
  if (phase != phase_) return {};
  for (auto mark = marks_.rbegin(); mark != marks_.rend(); ++mark)
    if (now.requests >= mark->requests + rollout::least_requests)
      return {now.requests - mark->requests, now.errors - mark->errors, now.latency_samples - mark->latency_samples,
              now.latency_over - mark->latency_over};
  return {};
}

}  // namespace perennial::lifecycle
