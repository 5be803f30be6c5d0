#include "core/time.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace perennial {
namespace {

using std::chrono::days;
using std::chrono::microseconds;
using std::chrono::sys_days;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Reads exactly `count` digits at the front and moves past them; -1 where there are fewer.
int take_digits(std::string_view& text, std::size_t count) {
  if (text.size() < count) return -1;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_digit(text[i])) return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

struct UnitName {
  std::string_view name;
  double microseconds;
};

constexpr std::array<UnitName, 14> units = {{{"us", 1},
                                             {"ms", 1e3},
                                             {"s", 1e6},
                                             {"sec", 1e6},
                                             {"m", 6e7},
                                             {"min", 6e7},
                                             {"h", 3.6e9},
                                             {"hour", 3.6e9},
                                             {"hours", 3.6e9},
                                             {"d", 8.64e10},
                                             {"day", 8.64e10},
                                             {"days", 8.64e10},
                                             {"w", 6.048e11},
                                             {"weeks", 6.048e11}}};

}  // namespace

std::string format_time(TimePoint at) {
  const auto day = std::chrono::floor<days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  std::string text = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                                 static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                                 clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  if (const auto fraction = clock.subseconds().count(); fraction != 0) {
    std::string digits = fmt::format("{:06}", fraction);
    while (digits.back() == '0') digits.pop_back();
    text += "." + digits;
  }
  return text + "Z";
}

Result<TimePoint> parse_time(std::string_view original) {
  std::string_view text = original;
  const auto bad = [&] {
    return fail(ErrorCode::invalid, fmt::format("'{}' is not a time", original.substr(0, 60)), {},
                "write ISO 8601, such as 2026-11-21T09:30:00Z");
  };
  const bool negative = take(text, '-');
  int year = take_digits(text, 4);
  if (year < 0) return bad();
  if (negative) year = -year;
  int month = 1;
  int day = 1;
  if (!text.empty()) {
    if (!take(text, '-') || (month = take_digits(text, 2)) < 0) return bad();
    if (take(text, '-') && (day = take_digits(text, 2)) < 0) return bad();
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return bad();
  TimePoint at = std::chrono::time_point_cast<microseconds>(sys_days(date));
  if (text.empty()) return at;

  if (!take(text, 'T') && !take(text, ' ')) return bad();
  const int hour = take_digits(text, 2);
  if (hour < 0 || hour > 24 || !take(text, ':')) return bad();
  const int minute = take_digits(text, 2);
  if (minute < 0 || minute > 59) return bad();
  int second = 0;
  std::int64_t fraction = 0;
  if (take(text, ':')) {
    second = take_digits(text, 2);
    if (second < 0 || second > 60) return bad();
    if (take(text, '.') || take(text, ',')) {
      std::size_t digits = 0;
      while (!text.empty() && is_digit(text.front())) {
        if (digits < 6) fraction = fraction * 10 + (text.front() - '0');
        ++digits;
        text.remove_prefix(1);
      }
      if (digits == 0) return bad();
      for (; digits < 6; ++digits) fraction *= 10;
    }
  }
  at += std::chrono::hours(hour) + std::chrono::minutes(minute) + std::chrono::seconds(second) + microseconds(fraction);
  if (text.empty() || take(text, 'Z')) return text.empty() ? Result<TimePoint>(at) : bad();

  const bool ahead = take(text, '+');
  if (!ahead && !take(text, '-')) return bad();
  const int offset_hours = take_digits(text, 2);
  take(text, ':');
  const int offset_minutes = text.empty() ? 0 : take_digits(text, 2);
  if (offset_hours < 0 || offset_minutes < 0 || !text.empty()) return bad();
  const auto offset = std::chrono::hours(offset_hours) + std::chrono::minutes(offset_minutes);
  return ahead ? at - offset : at + offset;
}

std::string format_duration(Duration duration) {
  static constexpr std::array<std::pair<std::int64_t, std::string_view>, 6> scale = {
      {{86400000000, "d"}, {3600000000, "h"}, {60000000, "min"}, {1000000, "s"}, {1000, "ms"}, {1, "us"}}};
  std::int64_t rest = duration.count();
  if (rest == 0) return "0s";
  if (rest < 0) return "-" + format_duration(-duration);
  for (const auto& [size, unit] : scale)
    if (rest % size == 0 && (unit != "d" || rest >= 2 * size)) return fmt::format("{}{}", rest / size, unit);
  return fmt::format("{}us", rest);
}

Result<Duration> parse_duration(std::string_view original) {
  const auto bad = [&] {
    return fail(ErrorCode::invalid, fmt::format("'{}' is not a duration", original.substr(0, 60)), {},
                "write a number and a unit: 250ms, 90s, 15min, 24h, 7d, 2w");
  };
  double number = 0;
  const auto [end, error] = std::from_chars(original.data(), original.data() + original.size(), number);
  if (error != std::errc{} || !std::isfinite(number) || number < 0) return bad();
  std::string_view unit = original.substr(static_cast<std::size_t>(end - original.data()));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  for (const auto& known : units) {
    if (known.name != unit) continue;
    const double total = number * known.microseconds;
    if (total > 3.2e15) return bad();  // a hundred years: longer ones are typing errors and would overflow sums
    return Duration(static_cast<std::int64_t>(std::llround(total)));
  }
  return bad();
}

std::string format_span(const Span& span) {
  return span.rows > 0 ? fmt::format("{}rows", span.rows) : format_duration(span.duration);
}

Result<Span> parse_span(std::string_view text) {
  std::string_view number = text;
  for (const std::string_view suffix : {"rows", "row"}) {
    if (!number.ends_with(suffix)) continue;
    number.remove_suffix(suffix.size());
    while (number.ends_with(' ')) number.remove_suffix(1);
    std::uint64_t rows = 0;
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rows);
    if (error != std::errc{} || end != number.data() + number.size() || rows > 1'000'000'000'000)
      return fail(ErrorCode::invalid, fmt::format("'{}' is not a number of rows", text.substr(0, 60)), {},
                  "write 1000rows");
    return Span{Duration{0}, rows};
  }
  auto duration = parse_duration(text);
  if (!duration) {
    duration.error().hint = "write a duration such as 24h or a number of rows such as 1000rows";
    return std::unexpected(duration.error());
  }
  return Span{*duration, 0};
}

}  // namespace perennial
