#pragma once
// The newest rows as a check sees them.

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/table.hpp"

namespace perennial::drift::quality {

/// Rows in order of arrival; owns nothing but the list of views.
struct Window {
  std::vector<ColumnView> columns;
  std::span<const TimePoint> times;  ///< one per row, or empty
  std::size_t rows = 0;
  std::uint64_t first_row = 0;  ///< number of the first one
  TimePoint now{};              ///< of the look

  const ColumnView* find(std::string_view name) const;
  Window newest(std::size_t count) const;  ///< `count` is cut to what is there
  std::optional<TimePoint> time(std::size_t row) const;
};

/// Those columns of a table that `names` lists (empty: all), over all of its rows.
Window window_of(const Table& table, std::span<const std::string> names, std::uint64_t first_row, TimePoint now);

}  // namespace perennial::drift::quality
