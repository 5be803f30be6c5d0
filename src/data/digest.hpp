#pragma once
// The identity of a set of rows.

#include <string>

#include "core/table.hpp"

namespace perennial::data {

/// SHA-256 (64 hex digits) over column names, kinds, and the cells column by column: numbers by their bits (all NaN
/// alike, -0 as 0), categories by their text, times and entities where present. Independent of dictionaries and of how
/// the table was put together; depends on the order of rows and columns.
std::string digest(const Table& table);

/// The date of the newest row, "YYYY-MM-DD"; empty where the table has no times.
std::string data_version(const Table& table);

}  // namespace perennial::data
