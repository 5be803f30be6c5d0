#pragma once
// The usual time from one row to the next.

#include <optional>
#include <span>

#include "core/time.hpp"

namespace perennial::drift::quality {

struct Intervals {
  Duration usual{0};    ///< 95 % of the steps forward are at most this long
  Duration longest{0};  ///< of the steps forward
};

/// Of rows in order of arrival; steps of nothing and steps back do not count. Nothing where fewer than 20 steps count.
std::optional<Intervals> intervals_of(std::span<const TimePoint> times);

/// How long nothing may come before it is a gap: `times` the usual interval, and half as long again as any pause seen.
Duration longest_pause(const Intervals& intervals, double times);

}  // namespace perennial::drift::quality
