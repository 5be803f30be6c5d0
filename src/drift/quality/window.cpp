#include "drift/quality/window.hpp"

#include <algorithm>

namespace perennial::drift::quality {

const ColumnView* Window::find(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

Window Window::newest(std::size_t count) const {
  count = std::min(count, rows);
  Window part = *this;
  for (auto& column : part.columns) {
    if (column.kind == ColumnKind::numeric) column.numbers = column.numbers.last(count);
    else column.codes = column.codes.last(count);
  }
  if (!times.empty()) part.times = times.last(count);
  part.first_row = first_row + (rows - count);
  part.rows = count;
  return part;
}

std::optional<TimePoint> Window::time(std::size_t row) const {
  return row < times.size() ? std::optional(times[row]) : std::nullopt;
}

Window window_of(const Table& table, std::span<const std::string> names, std::uint64_t first_row, TimePoint now) {
  Window window;
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    if (names.empty() || std::ranges::find(names, table.columns[c].name) != names.end())
      window.columns.push_back(table.view(c, 0, table.rows));
  window.times = table.times;
  window.rows = table.rows;
  window.first_row = first_row;
  window.now = now;
  return window;
}

}  // namespace perennial::drift::quality
