#include "lifecycle/evidence/newest_counts.hpp"

#include <iterator>

#include "rollout/judge.hpp"

namespace perennial::lifecycle {
namespace {

/// Kept however few requests they had.
constexpr std::ptrdiff_t kNewestTurns = 3;

}  // namespace

void NewestCounts::observe(std::uint64_t phase, const rollout::ArmEvidence& so_far) {
  if (phase != phase_) marks_.clear();
  phase_ = phase;
  if (so_far.requests == (marks_.empty() ? 0 : marks_.back().requests)) return;
  marks_.push_back({so_far.requests, so_far.errors, so_far.latency_samples, so_far.latency_over});
  if (std::ssize(marks_) <= kNewestTurns) return;
  const auto leaving = marks_.end() - kNewestTurns - 1;
  const bool near = leaving != marks_.begin() && leaving->requests < std::prev(leaving)->requests + kRequestsPerMark;
  if (near) marks_.erase(leaving);
  else if (marks_.size() > kCountMarksKept) marks_.pop_front();
}

rollout::RecentEvidence NewestCounts::since(std::uint64_t phase, const rollout::ArmEvidence& now) const {
  if (phase != phase_) return {};
  rollout::RecentEvidence recent;
  for (auto mark = marks_.rbegin(); mark != marks_.rend(); ++mark) {
    if (recent.requests == 0 && now.requests >= mark->requests + rollout::least_requests) {
      recent.requests = now.requests - mark->requests;
      recent.errors = now.errors - mark->errors;
    }
    // The first runs of a version may be slow.
    if (recent.latency_samples == 0 && mark->latency_samples >= rollout::few_latency_samples &&
        now.latency_samples >= mark->latency_samples + rollout::few_latency_samples / 2) {
      recent.latency_samples = now.latency_samples - mark->latency_samples;
      recent.latency_over = now.latency_over - mark->latency_over;
    }
  }
  return recent;
}

}  // namespace perennial::lifecycle
