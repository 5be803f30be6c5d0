#include "data/time_format.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include <fmt/format.h>

namespace perennial::data {
namespace {

constexpr std::size_t longest = 60;  ///< characters of a time

/// Usual first: where two read the same texts, the earlier one is taken.
constexpr std::array<std::string_view, 20> dates = {"%Y-%m-%d",  "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%d/%m/%Y",
                                                    "%d.%m.%Y",  "%d-%m-%Y", "%m-%d-%Y", "%m.%d.%Y", "%m/%d/%y",
                                                    "%d/%m/%y",  "%d.%m.%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y",
                                                    "%b %d, %Y", "%b %d %Y", "%b %Y",    "%b-%Y",    "%Y%m%d"};
constexpr std::array<std::string_view, 7> clocks = {"",          " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p",
                                                    "T%H:%M:%S", "T%H:%M"};
constexpr std::array<std::string_view, 5> times_of_day = {"%H:%M", "%H:%M:%S", "%H.%M.%S", "%I:%M %p", "%I:%M:%S %p"};

const std::vector<std::string>& known_formats() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> formats;
    for (const auto clock : clocks)
      for (const auto date : dates) formats.push_back(std::string(date) + std::string(clock));
    return formats;
  }();
  return all;
}

std::string_view trimmed(std::string_view text) {
  const auto blank = [](char c) { return c == ' ' || c == '\r' || c == '\t'; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// The fields that strptime finds; nothing where the text does not follow the format to its end.
struct Fields {
  std::tm time{};
  std::int64_t microseconds = 0;
};

std::optional<Fields> fields_of(std::string_view text, const char* format) {
  std::array<char, longest + 1> buffer{};
  text = trimmed(text);
  if (text.empty() || text.size() > longest) return std::nullopt;
  std::copy(text.begin(), text.end(), buffer.begin());
  Fields fields;
  fields.time.tm_mday = 1;
  const char* end = strptime(buffer.data(), format, &fields.time);
  if (end == nullptr) return std::nullopt;
  if (*end == '.' && end > buffer.data() && end[-1] >= '0' && end[-1] <= '9') {
    std::int64_t scale = 100000;
    for (++end; *end >= '0' && *end <= '9'; ++end, scale /= 10) fields.microseconds += scale * (*end - '0');
  }
  return *end == '\0' ? std::optional(fields) : std::nullopt;
}

std::int64_t seconds_of_day(const std::tm& time) { return time.tm_hour * 3600L + time.tm_min * 60L + time.tm_sec; }

}  // namespace

Result<TimePoint> read_time(std::string_view text, const std::string& format) {
  const auto bad = [&] {
    return fail(ErrorCode::invalid, fmt::format("'{}' is not a time", text.substr(0, longest)), {},
                fmt::format("the others are written as {}", format));
  };
  const auto fields = fields_of(text, format.c_str());
  if (!fields) return bad();
  const int year = fields->time.tm_year + 1900;
  if (year < 100) return bad();
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(fields->time.tm_mon + 1)),
                                         std::chrono::day(static_cast<unsigned>(fields->time.tm_mday))};
  if (!date.ok()) return bad();
  return TimePoint(std::chrono::sys_days(date)) + std::chrono::seconds(seconds_of_day(fields->time)) +
         std::chrono::microseconds(fields->microseconds) - std::chrono::seconds(fields->time.tm_gmtoff);
}

Result<Duration> read_time_of_day(std::string_view text) {
  // A number is an hour, not the first half of a clock.
  for (const auto format : times_of_day)
    if (const auto fields = fields_of(text, format.data()))
      return std::chrono::seconds(seconds_of_day(fields->time)) + std::chrono::microseconds(fields->microseconds);
  return fail(ErrorCode::invalid, fmt::format("'{}' is not a time of day", text.substr(0, longest)), {},
              "such as 09:30 or 9:30 PM");
}

Status check_time_format(const std::string& format) {
  constexpr std::string_view read = "YymdbBeHIMSpzjTRDF%";
  bool year = false;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') continue;
    const char what = ++i < format.size() ? format[i] : '\0';
    if (what == '\0' || !read.contains(what))
      return fail(ErrorCode::config, fmt::format("'%{}' of the time format '{}' is not read", what, format), {},
                  "known: %Y %y %m %d %e %b %B %H %I %M %S %p %z %T %R %D %F");
    year = year || what == 'Y' || what == 'y' || what == 'D' || what == 'F';
  }
  if (!year) return fail(ErrorCode::config, fmt::format("the time format '{}' has no year", format), {}, "%Y or %y");
  return {};
}

void TimeFormatScan::add(std::string_view text) {
  const auto& formats = known_formats();
  if (!begun_) {
    begun_ = true;
    for (std::size_t i = 0; i < formats.size(); ++i) left_.push_back({i, 0, std::nullopt, 0});
  }
  std::erase_if(left_, [&](Candidate& candidate) {
    const auto at = read_time(text, formats[candidate.format]);
    if (!at) return true;
    if (candidate.last && *at < *candidate.last) ++candidate.decreases;
    candidate.last = *at;
    candidate.days = candidate.days * 1099511628211U + static_cast<std::uint64_t>(at->time_since_epoch().count());
    return false;
  });
}

std::optional<TimeFormatScan::Found> TimeFormatScan::found() const {
  const auto best = std::ranges::min_element(left_, {}, &Candidate::decreases);
  if (best == left_.end() || !best->last) return std::nullopt;
  const auto& formats = known_formats();
  Found found{formats[best->format], {}, formats[best->format].contains(':'), best->decreases > 0};
  for (auto other = best + 1; other != left_.end(); ++other)
    if (other->decreases == best->decreases && other->days != best->days) {
      found.also = formats[other->format];
      break;
    }
  return found;
}

}  // namespace perennial::data
