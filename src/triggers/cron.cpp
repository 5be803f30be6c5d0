#include "triggers/cron.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <span>
#include <vector>

#include "core/limits.hpp"

namespace perennial::triggers {
namespace {

struct Field {
  std::string_view name;
  int least;
  int most;
  std::span<const std::string_view> names;  ///< names[i] means least_named + i
  int least_named;
};

constexpr std::array<std::string_view, 12> month_names = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                          "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> weekday_names = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  std::size_t from = 0;
  while (true) {
    const auto end = text.find(separator, from);
    parts.push_back(text.substr(from, end == std::string_view::npos ? end : end - from));
    if (end == std::string_view::npos) return parts;
    from = end + 1;
  }
}

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> parts;
  std::size_t i = 0;
  const auto blank = [&](std::size_t at) { return text[at] == ' ' || text[at] == '\t'; };
  while (i < text.size()) {
    while (i < text.size() && blank(i)) ++i;
    const std::size_t from = i;
    while (i < text.size() && !blank(i)) ++i;
    if (i > from) parts.push_back(text.substr(from, i - from));
  }
  return parts;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code != std::errc{} || end != text.data() + text.size() || text.front() == '-') return std::nullopt;
  return value;
}

Result<int> read_value(std::string_view text, const Field& field, const std::string& where) {
  if (!text.empty()) {
    if (const auto value = whole_number(text)) {
      if (*value >= field.least && *value <= field.most) return *value;
      return fail(ErrorCode::config, fmt::format("the {} {} is out of range in a cron expression", field.name, text),
                  where, fmt::format("{} to {}", field.least, field.most));
    }
    std::string upper(text);
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    const auto found = std::ranges::find(field.names, upper);
    if (found != field.names.end()) return field.least_named + static_cast<int>(found - field.names.begin());
  }
  return fail(ErrorCode::config, fmt::format("'{}' is not a {} of a cron expression", text, field.name), where,
              field.names.empty()
                  ? fmt::format("{} to {}, ranges a-b, lists a,b and steps */n", field.least, field.most)
                  : fmt::format("{} to {} or a name such as {}", field.least, field.most, field.names[0]));
}

template <std::size_t N>
Status read_field(std::string_view text, const Field& field, const std::string& where, std::bitset<N>& bits) {
  for (const auto part : split(text, ',')) {
    const auto slash = part.find('/');
    const auto range = part.substr(0, slash);
    int step = 1;
    if (slash != std::string_view::npos) {
      const auto text_of_step = part.substr(slash + 1);
      const auto value = text_of_step.empty() ? std::nullopt : whole_number(text_of_step);
      if (!value || *value < 1 || *value > field.most)
        return fail(ErrorCode::config, fmt::format("'{}' has no usable step in a cron expression", part), where,
                    fmt::format("a step is 1 to {}", field.most));
      step = *value;
    }
    int first = field.least;
    int last = field.most;
    if (range != "*") {
      const auto dash = range.find('-');
      ASSIGN_OR_RETURN(first, read_value(range.substr(0, dash), field, where));
      if (dash != std::string_view::npos) {
        ASSIGN_OR_RETURN(last, read_value(range.substr(dash + 1), field, where));
      } else if (slash == std::string_view::npos) {
        last = first;
      }
      // "SAT-SUN": the week may end with Sunday.
      if (last < first && field.name == "weekday" && last == 0) last = 7;
      if (last < first)
        return fail(ErrorCode::config, fmt::format("the range '{}' runs backwards in a cron expression", range), where);
    }
    for (int value = first; value <= last; value += step) bits.set(static_cast<std::size_t>(value));
  }
  return {};
}

std::string_view expand_nickname(std::string_view text) {
  if (text == "@hourly") return "0 * * * *";
  if (text == "@daily" || text == "@midnight") return "0 0 * * *";
  if (text == "@weekly") return "0 0 * * 0";
  if (text == "@monthly") return "0 0 1 * *";
  if (text == "@yearly" || text == "@annually") return "0 0 1 1 *";
  return {};
}

/// The instant of a local minute: in a gap the instant of the jump, in a fold the first of the two.
TimePoint instant_of(const date::time_zone& zone, date::local_time<std::chrono::minutes> local) {
  const auto info = zone.get_info(local);
  if (info.result == date::local_info::nonexistent) return std::chrono::time_point_cast<Duration>(info.second.begin);
  return TimePoint(std::chrono::duration_cast<Duration>(local.time_since_epoch()) -
                   std::chrono::duration_cast<Duration>(info.first.offset));
}

}  // namespace

Result<Cron> Cron::parse(std::string_view text, const std::string& timezone, const std::string& where) {
  Cron cron;
  cron.text_ = std::string(text);
  cron.timezone_ = timezone;
  try {
    cron.zone_ = date::locate_zone(timezone);
  } catch (const std::exception&) {
    return fail(ErrorCode::config, fmt::format("unknown time zone '{}'", timezone), where,
                "a name of the IANA data base such as UTC or Europe/Berlin; is tzdata installed?");
  }

  std::string_view expression = text;
  const auto parts_given = words(text);
  if (parts_given.size() == 1 && parts_given[0].starts_with('@')) {
    expression = expand_nickname(parts_given[0]);
    if (expression.empty())
      return fail(ErrorCode::config, fmt::format("unknown schedule '{}'", parts_given[0]), where,
                  "known: @hourly, @daily, @midnight, @weekly, @monthly, @yearly, @annually");
  }
  const auto parts = words(expression);
  if (parts.size() != 5)
    return fail(ErrorCode::config, fmt::format("a cron expression has 5 fields, '{}' has {}", text, parts.size()),
                where, "minute hour day-of-month month day-of-week, such as \"0 2 * * SUN\"");

  std::bitset<8> weekdays;
  TRY(read_field(parts[0], Field{"minute", 0, 59, {}, 0}, where, cron.minutes_));
  TRY(read_field(parts[1], Field{"hour", 0, 23, {}, 0}, where, cron.hours_));
  TRY(read_field(parts[2], Field{"day", 1, 31, {}, 0}, where, cron.days_));
  TRY(read_field(parts[3], Field{"month", 1, 12, month_names, 1}, where, cron.months_));
  TRY(read_field(parts[4], Field{"weekday", 0, 7, weekday_names, 0}, where, weekdays));
  for (std::size_t day = 0; day < 8; ++day)
    if (weekdays[day]) cron.weekdays_.set(day % 7);
  cron.any_day_ = parts[2].starts_with('*');
  cron.any_weekday_ = parts[4].starts_with('*');

  // Any instant does for the search: leap days come back within limits::cron_search_years of this one.
  const TimePoint start =
      TimePoint(std::chrono::duration_cast<Duration>(date::sys_days(date::year(2024) / 1 / 1).time_since_epoch()));
  if (!cron.next_after(start))
    return fail(ErrorCode::config, fmt::format("the schedule '{}' never fires", text), where,
                "the day does not exist in the months given");
  return cron;
}

std::optional<TimePoint> Cron::next_after(TimePoint after) const {
  if (zone_ == nullptr) return std::nullopt;
  using std::chrono::minutes;
  const auto after_seconds = std::chrono::floor<std::chrono::seconds>(after);
  const auto offset = zone_->get_info(date::sys_seconds(after_seconds.time_since_epoch())).offset;
  const date::local_time<Duration> local(after.time_since_epoch() + offset);
  const auto first_day = date::floor<date::days>(local);
  const auto last_day = first_day + date::days(366 * limits::cron_search_years);
  for (auto day = first_day; day <= last_day; day += date::days(1)) {
    const date::year_month_day ymd(day);
    if (!months_[static_cast<unsigned>(ymd.month())]) {
      // Straight to the day before the first of the next month.
      day = date::local_days(ymd.year() / ymd.month() / date::last);
      continue;
    }
    const bool day_fits = days_[static_cast<unsigned>(ymd.day())];
    const bool weekday_fits = weekdays_[date::weekday(day).c_encoding()];
    if (any_day_ || any_weekday_ ? !(day_fits && weekday_fits) : !(day_fits || weekday_fits)) continue;
    for (std::size_t hour = 0; hour < hours_.size(); ++hour) {
      if (!hours_[hour]) continue;
      const auto start_of_hour = day + std::chrono::hours(hour);
      if (start_of_hour + std::chrono::hours(1) <= local) continue;
      for (std::size_t minute = 0; minute < minutes_.size(); ++minute) {
        if (!minutes_[minute]) continue;
        const auto slot = start_of_hour + minutes(minute);
        if (slot < local) continue;
        if (const auto at = instant_of(*zone_, date::local_time<minutes>(slot.time_since_epoch())); at > after)
          return at;
      }
    }
  }
  return std::nullopt;
}

}  // namespace perennial::triggers
