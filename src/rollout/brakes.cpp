#include "rollout/brakes.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perennial::rollout {

void RolloutHistory::began(TimePoint at) {
  std::erase_if(begun, [at](TimePoint before) { return before <= at - brake_day; });
  if (begun.size() >= most_rollouts_per_day) begun.erase(begun.begin());
  begun.push_back(at);
}

std::string braked(const Plan& plan, const RolloutHistory& history, TimePoint now) {
  if (plan.freeze_after > 0 && history.rolled_back_in_a_row >= plan.freeze_after)
    return fmt::format("frozen: {} versions in a row were promoted and taken back", history.rolled_back_in_a_row);
  const auto today = std::ranges::count_if(history.begun, [now](TimePoint at) { return at > now - brake_day; });
  if (plan.max_per_day > 0 && static_cast<std::uint64_t>(today) >= plan.max_per_day)
    return fmt::format("{} rollouts have begun within a day, and {} may", today, plan.max_per_day);
  return {};
}

}  // namespace perennial::rollout
