#include "data/time_axis.hpp"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/catalog.hpp"
#include "core/json.hpp"
#include "data/cell.hpp"
#include "data/time_format.hpp"

namespace perennial::data {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr std::array<std::pair<TimeUnit, std::string_view>, 10> unit_names = {{{TimeUnit::iso, "iso"},
                                                                               {TimeUnit::format, "format"},
                                                                               {TimeUnit::date_hour, "date_hour"},
                                                                               {TimeUnit::parts, "parts"},
                                                                               {TimeUnit::epoch_s, "epoch_s"},
                                                                               {TimeUnit::epoch_ms, "epoch_ms"},
                                                                               {TimeUnit::epoch_us, "epoch_us"},
                                                                               {TimeUnit::epoch_ns, "epoch_ns"},
                                                                               {TimeUnit::ordinal_day, "ordinal_day"},
                                                                               {TimeUnit::step, "step"}}};

constexpr double largest_microseconds = 3e17;  ///< years -9999..9999 with room to add
/// 1900-01-01 and 2100-01-01 as proleptic Gregorian day numbers.
constexpr double ordinal_first = 693596, ordinal_last = 766645;
/// 1980 and 2100 in seconds since 1970; smaller whole numbers are counters.
constexpr double epoch_first_s = 315532800, epoch_last_s = 4102444800;

/// What the columns of TimeUnit::parts are, and between which values.
struct Part {
  std::string_view name;
  double least, most;
};
constexpr std::array<Part, 6> parts = {
    {{"year", 1000, 3000}, {"month", 1, 12}, {"day", 1, 31}, {"hour", 0, 24}, {"minute", 0, 59}, {"second", 0, 59}}};

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

Result<TimePoint> date_of(const TimeCell& cell, const std::string& format) {
  if (format.empty()) return iso_time(cell);
  return cell.is_text ? read_time(cell.text, format) : read_time(number_text(cell.number), format);
}

Result<Duration> hour_of_day(const TimeCell& cell) {
  if (cell.is_text)
    if (const auto clock = read_time_of_day(cell.text)) return *clock;
  ASSIGN_OR_RETURN(const auto hour, number_of(cell));
  if (hour != std::trunc(hour) || hour < 0 || hour > 24)
    return fail(ErrorCode::invalid, fmt::format("'{}' is not an hour 0..23", shown(cell)));
  return Duration(hours(static_cast<int>(hour)));
}

Result<TimePoint> from_parts(std::span<const TimeCell> cells) {
  std::array<int, parts.size()> values = {0, 1, 1, 0, 0, 0};
  for (std::size_t i = 0; i < cells.size(); ++i) {
    ASSIGN_OR_RETURN(const auto value, number_of(cells[i]));
    if (value != std::trunc(value) || value < parts[i].least || value > parts[i].most)
      return fail(ErrorCode::invalid, fmt::format("'{}' is not a {}", shown(cells[i]), parts[i].name));
    values[i] = static_cast<int>(value);
  }
  const std::chrono::year_month_day date{std::chrono::year(values[0]),
                                         std::chrono::month(static_cast<unsigned>(values[1])),
                                         std::chrono::day(static_cast<unsigned>(values[2]))};
  if (!date.ok())
    return fail(ErrorCode::invalid, fmt::format("{}-{}-{} is not a date", values[0], values[1], values[2]));
  return TimePoint(sys_days(date)) + hours(values[3]) + minutes(values[4]) + seconds(values[5]);
}

/// Whether the columns are year, month, … by their values.
bool are_parts(const std::vector<const ColumnSchema*>& columns) {
  if (columns.size() < 2 || columns.size() > parts.size()) return false;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i]->kind != ColumnKind::numeric || !columns[i]->is_integer || columns[i]->min < parts[i].least ||
        columns[i]->max > parts[i].most)
      return false;
  return true;
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
    case TimeUnit::iso:
    case TimeUnit::format: return date_of(cells[0], format);
    case TimeUnit::parts: return from_parts(cells);
    case TimeUnit::date_hour: {
      ASSIGN_OR_RETURN(const auto date, date_of(cells[0], format));
      ASSIGN_OR_RETURN(const auto hour, hour_of_day(cells[1]));
      return date + hour;
    }
    default: break;
  }
  ASSIGN_OR_RETURN(const auto value, number_of(cells[0]));
  switch (unit) {
    case TimeUnit::epoch_s: return scaled(value, 1e6, TimePoint{});
    case TimeUnit::epoch_ms: return scaled(value, 1e3, TimePoint{});
    case TimeUnit::epoch_us: return scaled(value, 1, TimePoint{});
    case TimeUnit::epoch_ns: return scaled(value, 1e-3, TimePoint{});
    case TimeUnit::ordinal_day:
      // Day 1 is 0001-01-01, so 1970-01-01 is day 719163.
      return scaled(value - 719163, 8.64e10, TimePoint{});
    default: return scaled(value, static_cast<double>(step.count()), row_clock_start());
  }
}

Result<TimeAxis> infer_time_axis(const std::vector<std::string>& columns, const FileSchema& schema) {
  if (columns.empty()) return fail(ErrorCode::invalid, "no time column is given", schema.place);
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
  const std::string format = first.is_time ? "" : first.time_format;
  const bool is_date = first.is_time || !format.empty();
  if (found.size() > 1) {
    if (are_parts(found)) return TimeAxis{columns, TimeUnit::parts};
    const ColumnSchema& second = *found[1];
    const bool hour = second.kind == ColumnKind::numeric && second.is_integer && second.min >= 0 && second.max <= 24;
    if (found.size() == 2 && is_date && (hour || second.is_time_of_day))
      return TimeAxis{columns, TimeUnit::date_hour, row_clock_interval, format};
    return fail(ErrorCode::invalid, fmt::format("the columns {} do not form a time", fmt::join(columns, ", ")),
                schema.place, "give a date and an hour 0..23 or HH:MM, or numbers: year, month, day, hour, minute");
  }
  if (is_date && !format.empty()) return TimeAxis{columns, TimeUnit::format, row_clock_interval, format};
  if (first.kind == ColumnKind::categorical) {
    if (first.is_time) return TimeAxis{columns, TimeUnit::iso};
    return fail(ErrorCode::invalid,
                fmt::format("the column '{}' holds no times ('{}'), or more than one way to write them", columns[0],
                            first.first),
                schema.place,
                "dates in one format, epochs, day numbers and counters are read; `time: format(column, \"%d.%m.%Y\")` "
                "in the config names a format");
  }
  std::string lower = columns[0];
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto within = [&](double low, double high) { return first.min >= low && first.max <= high; };
  if (first.is_integer && (lower.find("ordinal") != std::string::npos || within(ordinal_first, ordinal_last)))
    return TimeAxis{columns, TimeUnit::ordinal_day};
  if (within(epoch_first_s, epoch_last_s)) return TimeAxis{columns, TimeUnit::epoch_s};
  if (within(epoch_first_s * 1e3, epoch_last_s * 1e3)) return TimeAxis{columns, TimeUnit::epoch_ms};
  if (within(epoch_first_s * 1e6, epoch_last_s * 1e6)) return TimeAxis{columns, TimeUnit::epoch_us};
  if (within(epoch_first_s * 1e9, epoch_last_s * 1e9)) return TimeAxis{columns, TimeUnit::epoch_ns};
  return TimeAxis{columns, TimeUnit::step};
}

std::string format_time_axis(const TimeAxis& axis) {
  std::vector<std::string> inside;
  for (const auto& name : axis.columns) inside.push_back(is_plain_name(name) ? name : to_text(Json(name)));
  if (axis.unit == TimeUnit::step) inside.push_back(format_duration(axis.step));
  if (!axis.format.empty()) inside.push_back(to_text(Json(axis.format)));
  return fmt::format("{}({})", to_string(axis.unit), fmt::join(inside, ", "));
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
  std::vector<std::string> words;
  for (std::size_t i = 0; i <= inside.size();) {
    while (i < inside.size() && inside[i] == ' ') ++i;
    std::size_t end = i;
    if (i < inside.size() && inside[i] == '"') {
      for (++end; end < inside.size() && inside[end] != '"'; ++end)
        if (inside[end] == '\\') ++end;
      if (end >= inside.size()) return bad("a quoted column name has no end");
      ASSIGN_OR_RETURN(const auto name, parse_json(inside.substr(i, end + 1 - i)));
      words.push_back(name.get<std::string>());
      end = inside.find(',', end);
    } else {
      end = inside.find(',', i);
      std::string_view name = inside.substr(i, end == std::string_view::npos ? end : end - i);
      while (name.ends_with(' ')) name.remove_suffix(1);
      words.emplace_back(name);
    }
    if (words.back().empty()) return bad("a column name is empty");
    if (end == std::string_view::npos) break;
    i = end + 1;
  }
  if (axis.unit == TimeUnit::step && words.size() == 2) {
    ASSIGN_OR_RETURN(axis.step, parse_duration(words.back()));
    if (axis.step <= Duration{0}) return bad("the length of a step must be positive");
    words.pop_back();
  }
  if (axis.unit == TimeUnit::format || (axis.unit == TimeUnit::date_hour && words.size() == 3)) {
    axis.format = words.back();
    TRY(check_time_format(axis.format));
    words.pop_back();
  }
  const std::size_t most = axis.unit == TimeUnit::parts ? parts.size() : axis.unit == TimeUnit::date_hour ? 2 : 1;
  const std::size_t least = axis.unit == TimeUnit::parts ? 2 : most;
  if (words.size() < least || words.size() > most)
    return bad("date_hour takes two columns, parts 2 to 6, the others one; format ends with the format");
  axis.columns = std::move(words);
  return axis;
}

}  // namespace perennial::data
