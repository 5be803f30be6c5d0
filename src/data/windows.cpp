#include "data/windows.hpp"

#include <algorithm>

namespace perennial::data {

std::size_t newest_first_row(const Table& table, const Span& span) {
  if (span.rows > 0) return table.rows > span.rows ? table.rows - static_cast<std::size_t>(span.rows) : 0;
  if (span.duration.count() == 0 || table.times.empty()) return 0;
  const TimePoint after = table.times.back() - span.duration;
  return static_cast<std::size_t>(std::upper_bound(table.times.begin(), table.times.end(), after) -
                                  table.times.begin());
}

Table newest(const Table& table, const Span& span) {
  const std::size_t first = newest_first_row(table, span);
  return table.slice(first, table.rows - first);
}

Table newest_rows(const Table& table, std::size_t rows) {
  const std::size_t kept = std::min(rows, table.rows);
  return table.slice(table.rows - kept, kept);
}

Table newest_within(const Table& table, Duration duration) { return newest(table, Span{duration, 0}); }

}  // namespace perennial::data
