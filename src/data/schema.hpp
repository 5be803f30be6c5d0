#pragma once
// What a file holds, found in one pass over it.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/table.hpp"
#include "data/source.hpp"

namespace perennial::data {

/// Values of a column are counted exactly up to this many distinct ones.
inline constexpr std::size_t distinct_values_counted = 20000;
/// The same in a column that has had nothing but numbers, once so many rows were read: how many measurements differ is
/// not worth the time in a long file.
inline constexpr std::size_t distinct_numbers_counted = 2000;
inline constexpr std::size_t rows_counted_exactly = 50000;
/// A column is numeric where at least this share of its values, infinities aside, are numbers; others are `unparsable`.
inline constexpr double numeric_share = 0.95;
/// Share of the rows at which a clock may step back and still be one.
inline constexpr double clock_slips = 0.001;
/// Fewer distinct values than this say nothing about a column being a clock.
inline constexpr std::size_t monotone_least_distinct = 20;

struct ColumnSchema {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  std::uint64_t missing = 0;
  std::uint64_t distinct = 0;         ///< of the values that are not missing; exact unless `distinct_at_least`
  bool distinct_at_least = false;     ///< there are more than were counted
  double min = 0, max = 0, mean = 0;  ///< numeric; NaN where all values are missing
  bool is_constant = false;           ///< one distinct value or none
  bool is_integer = false;            ///< numeric, every value whole
  bool never_decreases = false;       ///< numeric or times, >= 20 distinct values: a clock or index, not a feature
  bool is_clock_like = false;         ///< never_decreases, but for at most clock_slips of the rows: still no feature
  bool is_time = false;               ///< text, every value an ISO 8601 date, month or instant
  bool is_time_of_day = false;        ///< text, every value a time of day, such as "09:30" or "9:30 PM"
  /// A strptime format that reads every value: texts that are no ISO times, numbers such as 20150314. Empty: none.
  std::string time_format;
  std::string time_format_or;         ///< another format that reads every value as other days
  bool has_clock = false;             ///< a time with hours and minutes
  std::string first, last;            ///< the first and the last value that is not missing, as text
  std::vector<std::string> examples;  ///< the first 3 different values
  /// Every value and how often it occurs where there are at most limits::classes, sorted (numbers by value, as
  /// number_text() writes them). Empty otherwise.
  std::vector<std::pair<std::string, std::uint64_t>> values;
  std::uint64_t unparsable = 0;      ///< texts in a numeric column
  std::uint64_t unparsable_row = 0;  ///< 0-based row of the first one,
  std::string unparsable_text;       ///< and what it says
};

struct FileSchema {
  std::string place;
  std::uint64_t rows = 0;
  std::vector<ColumnSchema> columns;

  const ColumnSchema* find(std::string_view name) const;
  std::vector<std::string> names() const;
};

/// One pass, memory bounded by columns × distinct_values_counted texts. Errors: those of Source::open(), and invalid
/// "the file has no rows".
Result<FileSchema> infer_schema(const SourceSpec& spec);

/// Error (invalid) naming column, row and value where one of the named columns holds text among numbers.
Status check_values(const FileSchema& schema, const std::vector<std::string>& columns);

}  // namespace perennial::data
