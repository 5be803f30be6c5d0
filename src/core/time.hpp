#pragma once
// Instants, durations and spans: the text forms of the contract ("24h", "7d", "1000rows", ISO 8601).

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace perennial {

/// Microseconds since 1970-01-01T00:00:00Z, UTC, no leap seconds.
using TimePoint = std::chrono::sys_time<std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

/// A length given in time or in rows; exactly one of the two is non-zero, both zero means "none".
struct Span {
  Duration duration{0};
  std::uint64_t rows = 0;

  bool empty() const { return duration.count() == 0 && rows == 0; }
  /// True once `elapsed` or `rows_elapsed` has reached this span. An empty span has always passed.
  bool passed(Duration elapsed, std::uint64_t rows_elapsed) const {
    return rows > 0 ? rows_elapsed >= rows : elapsed >= duration;
  }
  friend bool operator==(const Span&, const Span&) = default;
};

/// "2026-11-21T09:30:00Z", with fractional seconds (".000001") only where they are not zero. Years -9999..9999.
std::string format_time(TimePoint at);
/// Reads ISO 8601: "2026", "2026-11", "2026-11-21", "2026-11-21T09:30[:00[.123456]][Z|+01:00]" (blank for T allowed).
/// Without an offset the text is UTC. Error: invalid.
Result<TimePoint> parse_time(std::string_view text);

/// "1h30m" style, shortest exact form: "24h", "7d", "90s", "250ms", "0s". Days are written from 2d on.
std::string format_duration(Duration duration);
/// Reads a number with one unit: us, ms, s, m or min, h, d, w. "1.5h" is allowed; negative is an error (invalid).
Result<Duration> parse_duration(std::string_view text);

/// "1000rows" or a duration.
std::string format_span(const Span& span);
Result<Span> parse_span(std::string_view text);

}  // namespace perennial
