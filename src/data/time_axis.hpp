#pragma once
// How a row's time is formed from one or more of its columns.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "data/schema.hpp"

namespace perennial::data {

enum class TimeUnit {
  iso,          ///< ISO 8601 text: instants, dates, months ("1949-01"), years
  format,       ///< text or a number that `format` reads (data/time_format.hpp)
  date_hour,    ///< a date (ISO, or read by `format`) and a whole hour 0..23 (or a time of day), two columns
  parts,        ///< numbers: year, month, then day, hour, minute and second as far as there are columns (2 to 6)
  epoch_s,      ///< seconds since 1970
  epoch_ms,     ///< milliseconds since 1970
  epoch_us,     ///< microseconds since 1970
  epoch_ns,     ///< nanoseconds since 1970
  ordinal_day,  ///< proleptic Gregorian day number, 1 = 0001-01-01
  step,         ///< any number; one unit = `step`, 0 = 2000-01-01T00:00:00Z
};

std::string_view to_string(TimeUnit unit);

/// 2000-01-01T00:00:00Z: where clocks without a calendar start.
TimePoint row_clock_start();
inline constexpr Duration row_clock_interval = std::chrono::minutes(1);

/// One cell as a file has it: text, or a number where the file is typed.
struct TimeCell {
  std::string_view text;
  double number = 0;
  bool is_text = true;
};

struct TimeAxis {
  std::vector<std::string> columns;
  TimeUnit unit = TimeUnit::iso;
  Duration step = row_clock_interval;  ///< for TimeUnit::step
  std::string format{};                ///< strptime format of the first column; empty: ISO 8601

  /// `cells` in the order of `columns`. Error: invalid, with the value. Thread-safe.
  Result<TimePoint> at(std::span<const TimeCell> cells) const;
  friend bool operator==(const TimeAxis&, const TimeAxis&) = default;
};

/// Finds the unit from the schema. One column: text that is ISO or has one format; a number that is an epoch or an
/// ordinal day by its range (or a name with "ordinal"), or a day such as 20150314 in every row; any other number is a
/// step. Two columns: a date with an hour or a time of day. Two to six columns of numbers: year, month, day, hour, …
/// Errors: not_found (column), invalid (missing values, text that is no time, columns that do not form a time).
Result<TimeAxis> infer_time_axis(const std::vector<std::string>& columns, const FileSchema& schema);

/// "iso(month)", "format(day, \"%d.%m.%Y\")", "date_hour(dteday, hr)", "parts(year, month, day)", "step(cycle, 1min)";
/// names with other signs than letters, digits, '_', '.', '-' and blanks are written as JSON text, as formats are.
std::string format_time_axis(const TimeAxis& axis);
Result<TimeAxis> parse_time_axis(std::string_view text);

/// Rows whose time equals or is before the time of the row before it, in file order.
struct OrderReport {
  std::uint64_t equal = 0;
  std::uint64_t decreasing = 0;
  bool sorted() const { return decreasing == 0; }
};

}  // namespace perennial::data
