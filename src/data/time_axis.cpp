#include "data/time_axis.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/catalog.hpp"
#include "core/json.hpp"
#include "data/cell.hpp"

namespace perennial::data {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::array<std::pair<TimeUnit, std::string_view>, 6> unit_names = {{{TimeUnit::iso, "iso"},
                                                                              {TimeUnit::date_hour, "date_hour"},
                                                                              {TimeUnit::epoch_s, "epoch_s"},
                                                                              {TimeUnit::epoch_ms, "epoch_ms"},
                                                                              {TimeUnit::ordinal_day, "ordinal_day"},
                                                                              {TimeUnit::step, "step"}}};

constexpr double largest_microseconds = 3e17;  ///< years -9999..9999 with room to add
/// 1900-01-01 and 2100-01-01 as proleptic Gregorian day numbers.
constexpr double ordinal_first = 693596, ordinal_last = 766645;
/// 1980 and 2100 in seconds since 1970; smaller whole numbers are counters.
constexpr double epoch_first_s = 315532800, epoch_last_s = 4102444800;

std::string shown(const TimeCell& cell) {
  return cell.is_text ? std::string(cell.text.substr(0, 60)) : number_text(cell.number);
}

Result<double> number_of(const TimeCell& cell) {
  double value = cell.number;
  if (cell.is_text) {
    const Cell read = read_cell(cell.text);
    if (read.kind != CellKind::number)
      return fail(ErrorCode::invalid, fmt::format("'{}' is not a number", shown(cell)));
    value = read.number;
  }
  if (!std::isfinite(value)) return fail(ErrorCode::invalid, "the time is missing");
  return value;
}

Result<TimePoint> scaled(double value, double unit_us, TimePoint start) {
  const double us = value * unit_us;
  if (!(std::fabs(us) < largest_microseconds))
    return fail(ErrorCode::invalid, fmt::format("{} is out of range for a time", value));
  return start + microseconds(static_cast<std::int64_t>(std::llround(us)));
}

Result<TimePoint> iso_time(const TimeCell& cell) {
  if (!cell.is_text) return parse_time(number_text(cell.number));
  std::string_view text = cell.text;
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty()) return fail(ErrorCode::invalid, "the time is missing");
  return parse_time(text);
}

Result<Duration> hour_of_day(const TimeCell& cell) {
  if (cell.is_text && cell.text.find(':') != std::string_view::npos) {
    // An ISO clock is read by giving it a date.
    ASSIGN_OR_RETURN(const auto at, parse_time("1970-01-01T" + std::string(cell.text)));
    return at.time_since_epoch();
  }
  ASSIGN_OR_RETURN(const auto hour, number_of(cell));
  if (hour != std::trunc(hour) || hour < 0 || hour > 24)
    return fail(ErrorCode::invalid, fmt::format("'{}' is not an hour 0..23", shown(cell)));
  return Duration(hours(static_cast<int>(hour)));
}

bool is_plain_name(std::string_view name) {
  for (const char c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_' && c != '.' && c != '-' && c != ' ') return false;
  return !name.empty() && name.front() != ' ' && name.back() != ' ';
}

}  // namespace

std::string_view to_string(TimeUnit unit) {
  for (const auto& [value, name] : unit_names)
    if (value == unit) return name;
  return "iso";
}

TimePoint row_clock_start() { return sys_days(std::chrono::year(2000) / 1 / 1); }

Result<TimePoint> TimeAxis::at(std::span<const TimeCell> cells) const {
  if (cells.size() != columns.size()) return fail(ErrorCode::internal, "a time needs one cell per time column");
  switch (unit) {
    case TimeUnit::iso: return iso_time(cells[0]);
    case TimeUnit::date_hour: {
      ASSIGN_OR_RETURN(const auto date, iso_time(cells[0]));
      ASSIGN_OR_RETURN(const auto hour, hour_of_day(cells[1]));
      return date + hour;
    }
    default: break;
  }
  ASSIGN_OR_RETURN(const auto value, number_of(cells[0]));
  switch (unit) {
    case TimeUnit::epoch_s: return scaled(value, 1e6, TimePoint{});
    case TimeUnit::epoch_ms: return scaled(value, 1e3, TimePoint{});
    case TimeUnit::ordinal_day:
      // Day 1 is 0001-01-01, so 1970-01-01 is day 719163.
      return scaled(value - 719163, 8.64e10, TimePoint{});
    default: return scaled(value, static_cast<double>(step.count()), row_clock_start());
  }
}

Result<TimeAxis> infer_time_axis(const std::vector<std::string>& columns, const FileSchema& schema) {
  if (columns.empty()) return fail(ErrorCode::invalid, "no time column is given", schema.place);
  if (columns.size() > 2)
    return fail(ErrorCode::invalid, fmt::format("time cannot be formed from {} columns", columns.size()), schema.place,
                "give one column, or a date column and one with the hour");
  std::vector<const ColumnSchema*> found;
  for (const auto& name : columns) {
    const auto* column = schema.find(name);
    const auto known = schema.names();
    if (column == nullptr) return unknown_name("column", name, known, schema.place, ErrorCode::not_found);
    if (column->missing > 0)
      return fail(ErrorCode::invalid, fmt::format("the time column '{}' has {} missing values", name, column->missing),
                  schema.place, "a row without a time has no place in the history: complete or remove them");
    found.push_back(column);
  }
  TRY(check_values(schema, columns));
  const ColumnSchema& first = *found[0];
  if (found.size() == 2) {
    const ColumnSchema& second = *found[1];
    const bool hour = second.kind == ColumnKind::numeric && second.is_integer && second.min >= 0 && second.max <= 23;
    if (first.is_time && (hour || second.is_time_of_day)) return TimeAxis{columns, TimeUnit::date_hour};
    return fail(ErrorCode::invalid, fmt::format("'{}' and '{}' do not form a time", columns[0], columns[1]),
                schema.place, "give an ISO date column first and then an hour 0..23 or HH:MM");
  }
  if (first.kind == ColumnKind::categorical) {
    if (first.is_time) return TimeAxis{columns, TimeUnit::iso};
    return fail(ErrorCode::invalid, fmt::format("the column '{}' holds no times ('{}')", columns[0], first.first),
                schema.place, "ISO 8601 dates, months and instants, epochs, day numbers and counters are read");
  }
  std::string lower = columns[0];
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto within = [&](double low, double high) { return first.min >= low && first.max <= high; };
  if (first.is_integer && (lower.find("ordinal") != std::string::npos || within(ordinal_first, ordinal_last)))
    return TimeAxis{columns, TimeUnit::ordinal_day};
  if (within(epoch_first_s, epoch_last_s)) return TimeAxis{columns, TimeUnit::epoch_s};
  if (within(epoch_first_s * 1e3, epoch_last_s * 1e3)) return TimeAxis{columns, TimeUnit::epoch_ms};
  return TimeAxis{columns, TimeUnit::step};
}

std::string format_time_axis(const TimeAxis& axis) {
  std::vector<std::string> parts;
  for (const auto& name : axis.columns) parts.push_back(is_plain_name(name) ? name : to_text(Json(name)));
  if (axis.unit == TimeUnit::step) parts.push_back(format_duration(axis.step));
  return fmt::format("{}({})", to_string(axis.unit), fmt::join(parts, ", "));
}

Result<TimeAxis> parse_time_axis(std::string_view text) {
  const auto bad = [&](std::string hint) {
    return fail(ErrorCode::config, fmt::format("'{}' is not a time axis", text), {}, std::move(hint));
  };
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')'))
    return bad("write for example iso(month) or step(cycle, 1min)");
  TimeAxis axis;
  bool known = false;
  std::vector<std::string> names;
  for (const auto& [unit, name] : unit_names) {
    names.emplace_back(name);
    if (text.substr(0, open) != name) continue;
    axis.unit = unit;
    known = true;
  }
  if (!known) return unknown_name("time unit", text.substr(0, open), names);

  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i <= inside.size();) {
    while (i < inside.size() && inside[i] == ' ') ++i;
    std::size_t end = i;
    if (i < inside.size() && inside[i] == '"') {
      for (++end; end < inside.size() && inside[end] != '"'; ++end)
        if (inside[end] == '\\') ++end;
      if (end >= inside.size()) return bad("a quoted column name has no end");
      ASSIGN_OR_RETURN(const auto name, parse_json(inside.substr(i, end + 1 - i)));
      parts.push_back(name.get<std::string>());
      end = inside.find(',', end);
    } else {
      end = inside.find(',', i);
      std::string_view name = inside.substr(i, end == std::string_view::npos ? end : end - i);
      while (name.ends_with(' ')) name.remove_suffix(1);
      parts.emplace_back(name);
    }
    if (parts.back().empty()) return bad("a column name is empty");
    if (end == std::string_view::npos) break;
    i = end + 1;
  }
  if (axis.unit == TimeUnit::step && parts.size() == 2) {
    ASSIGN_OR_RETURN(axis.step, parse_duration(parts.back()));
    if (axis.step <= Duration{0}) return bad("the length of a step must be positive");
    parts.pop_back();
  }
  if (parts.size() != (axis.unit == TimeUnit::date_hour ? 2u : 1u))
    return bad("date_hour takes two columns, the others one");
  axis.columns = std::move(parts);
  return axis;
}

}  // namespace perennial::data
