#pragma once
// The newest part of a table. Rows must be in time order, oldest first.

#include "core/table.hpp"
#include "core/time.hpp"

namespace perennial::data {

/// The last `rows` rows, or all.
Table newest_rows(const Table& table, std::size_t rows);

/// Rows with time > newest time - duration (so a duration of 1d over daily rows is one row). All rows where the table
/// has no times.
Table newest_within(const Table& table, Duration duration);

/// By whichever of the two the span has; an empty span gives all rows.
Table newest(const Table& table, const Span& span);

/// First row of [first, rows) that lies in the span: the index form of newest().
std::size_t newest_first_row(const Table& table, const Span& span);

}  // namespace perennial::data
