// What the running phase of a rollout has shown; told once where its arms cannot be compared.

#include "lifecycle/model_loop.hpp"
#include "rollout/validity.hpp"

namespace perennial::lifecycle {
namespace {

/// How many values lie above `limit`, to the histogram's own precision.
std::uint64_t count_over(const stats::LogHistogram& values, double limit) {
  const std::uint64_t n = values.count();
  std::uint64_t within = 0;  // the largest rank whose value is not above the limit
  std::uint64_t above = n + 1;
  while (above - within > 1) {
    const std::uint64_t rank = within + (above - within) / 2;
    const double value = values.quantile((static_cast<double>(rank) - 0.5) / static_cast<double>(n));
    (value <= limit ? within : above) = rank;
  }
  return n - within;
}

rollout::ArmEvidence arm_of(const serving::ArmCounts& counts, double latency_limit_ms) {
  rollout::ArmEvidence arm;
  arm.requests = counts.requests;
  arm.errors = counts.errors;
  arm.non_finite = counts.non_finite;
  arm.latency_samples = counts.latency_us.count();
  arm.latency_ms_p99 = counts.latency_us.quantile(0.99) / 1000;
  arm.latency_over = count_over(counts.latency_us, latency_limit_ms * 1000);
  return arm;
}

serving::ArmCounts sum(serving::ArmCounts a, const serving::ArmCounts& b) {
  a.requests += b.requests;
  a.errors += b.errors;
  a.non_finite += b.non_finite;
  a.fallbacks += b.fallbacks;
  a.latency_us.merge(b.latency_us);
  return a;
}

}  // namespace

rollout::Evidence ModelLoop::evidence() const {
  rollout::Evidence evidence;
  evidence.rows_now = rows_seen();
  if (!state().rollout || !configured()) return evidence;
  evidence.rollout_id = state().rollout->id;
  evidence.phase = state().rollout->phase;
  evidence.step = state().rollout->step;
  const bool promoted = state().rollout->phase == rollout::Phase::watch;
  const auto& accounting = runtime_->accounting;
  const std::uint64_t phase = state().phase;
  const auto champion = accounting.phase(feedback::Arm::champion, phase);
  const auto others =
      sum(accounting.phase(feedback::Arm::challenger, phase), accounting.phase(feedback::Arm::shadow, phase));
  // After the promotion the challenger is the one that answers, and the previous champion scores beside it.
  const double limit_ms = config_.rollout.latency_ms_p99;
  evidence.challenger = arm_of(promoted ? champion : others, limit_ms);
  evidence.challenger.recent = newest_counts_.since(phase, evidence.challenger);
  evidence.challenger.unusable = why_unusable(state().rollout->challenger);
  evidence.champion = arm_of(promoted ? others : champion, limit_ms);
  for (std::size_t t = 0; t < targets_->size(); ++t) {
    rollout::TargetLoss loss;
    loss.target = (*targets_)[t].name;
    if (paired_phase_ == phase) {
      loss.paired = paired_->evidence(t);
      loss.unpaired = arms_->evidence(t);
    }
    evidence.targets.push_back(std::move(loss));
  }
  evidence.split = split_->evidence();
  evidence.approved = state().approved_rollout == state().rollout->id;
  return evidence;
}

std::string ModelLoop::why_unusable(const std::string& version) const {
  const auto number = parse_version(version);
  const auto* known = number ? services_.state->registry().find(config_.name, *number) : nullptr;
  return known == nullptr ? std::string{} : services_.sessions->problem(known->artifact_digest);
}

Status ModelLoop::warn_of_arms(const rollout::Evidence& evidence, TimePoint now) {
  const auto validity = rollout::judge_validity(evidence);
  if (validity.verdict == Verdict::pass || state().unequal_in_phase == state().phase) return {};
  ASSIGN_OR_RETURN(const Event event, services_.events->write(now, {config_.name,
                                                                    std::string(event_type::warning_raised),
                                                                    {{"what", unequal_arms},
                                                                     {"reason", validity.reason},
                                                                     {"id", evidence.rollout_id},
                                                                     {"version", state().rollout->challenger},
                                                                     {"evidence", rollout::to_json(evidence.split)},
                                                                     {"row", rows_seen()}}}));
  alert(event, std::string(unequal_arms), validity.reason + "; nothing is promoted while this is so");
  return {};
}

}  // namespace perennial::lifecycle
