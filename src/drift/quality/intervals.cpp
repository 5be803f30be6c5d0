#include "drift/quality/intervals.hpp"

#include <algorithm>
#include <vector>

namespace perennial::drift::quality {
namespace {

constexpr std::size_t least_steps = 20;
constexpr double longest_times = 1.5;

}  // namespace

std::optional<Intervals> intervals_of(std::span<const TimePoint> times) {
  std::vector<Duration> steps;
  for (std::size_t row = 1; row < times.size(); ++row)
    if (times[row] > times[row - 1]) steps.push_back(times[row] - times[row - 1]);
  if (steps.size() < least_steps) return std::nullopt;
  const auto at = static_cast<std::ptrdiff_t>((steps.size() - 1) * 95 / 100);
  std::ranges::nth_element(steps, steps.begin() + at);
  return Intervals{steps[static_cast<std::size_t>(at)], *std::ranges::max_element(steps)};
}

Duration longest_pause(const Intervals& intervals, double times) {
  const auto scaled = [](Duration duration, double by) {
    return Duration(static_cast<Duration::rep>(static_cast<double>(duration.count()) * by));
  };
  return std::max(scaled(intervals.usual, times), scaled(intervals.longest, longest_times));
}

}  // namespace perennial::drift::quality
