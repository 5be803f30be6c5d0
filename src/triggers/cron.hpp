#pragma once
// Five-field cron expressions in an IANA time zone (capabilities rows 12, 13).
//
// minute hour day-of-month month day-of-week, each a list of *, values, ranges a-b and steps /n; month and weekday
// names (JAN, SUN) in any case; weekday 0 and 7 are Sunday; @hourly, @daily, @midnight, @weekly, @monthly, @yearly,
// @annually. Where both day fields are restricted, a day matches if either does (as in Vixie cron).
//
// Daylight saving: a slot is a local minute and fires at most once. A slot inside the hour that is left out fires at
// the instant at which the clock jumps; a slot inside the hour that comes twice fires the first time.

#include <array>
#include <bitset>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"

namespace date {
class time_zone;
}

namespace perennial::triggers {

class Cron {
 public:
  /// Errors (config): wrong number of fields, a value out of range, an unknown name or time zone, and an expression
  /// that has no slot within limits::cron_search_years ("0 0 30 2 *" never fires).
  static Result<Cron> parse(std::string_view text, const std::string& timezone = "UTC", const std::string& where = {});

  /// The first firing strictly after `after`; nothing where there is none within limits::cron_search_years.
  /// Pure: depends on the expression, the zone's rules and `after` only. Cost: microseconds for usual expressions.
  std::optional<TimePoint> next_after(TimePoint after) const;

  const std::string& text() const { return text_; }
  const std::string& timezone() const { return timezone_; }

 private:
  std::string text_;
  std::string timezone_;
  const date::time_zone* zone_ = nullptr;  ///< lives as long as the process
  std::bitset<60> minutes_;
  std::bitset<24> hours_;
  std::bitset<32> days_;     ///< 1..31
  std::bitset<13> months_;   ///< 1..12
  std::bitset<7> weekdays_;  ///< 0 = Sunday
  bool any_day_ = true;      ///< day-of-month begins with '*'
  bool any_weekday_ = true;  ///< day-of-week begins with '*'
};

}  // namespace perennial::triggers
