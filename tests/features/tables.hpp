#pragma once
// Small tables for tests.

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/config_node.hpp"
#include "core/rng.hpp"
#include "core/table.hpp"

namespace perennial::features {

inline constexpr double missing = std::numeric_limits<double>::quiet_NaN();

#define ASSERT_OK(result) ASSERT_TRUE(result.has_value()) << result.error().message()
#define EXPECT_OK(result) EXPECT_TRUE(result.has_value()) << result.error().message()

inline Column numbers(std::string name, std::vector<double> values) {
  return {std::move(name), ColumnKind::numeric, std::move(values), {}, nullptr};
}

/// "" is a missing cell.
inline Column texts(std::string name, const std::vector<std::string>& values) {
  Column column{std::move(name), ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()};
  for (const auto& value : values) column.codes.push_back(value.empty() ? -1 : column.dictionary->code_of(value));
  return column;
}

inline Table table_of(std::vector<Column> columns) {
  Table table;
  table.rows = columns.empty() ? 0 : columns[0].size();
  table.columns = std::move(columns);
  return table;
}

/// `rows` rows of two sensors of `units` interleaved entities, with gaps, a level of 500 and a slow trend.
inline Table fleet(std::size_t rows, std::size_t units, std::uint64_t seed = 7) {
  Rng rng(seed);
  Table table = table_of({numbers("s1", {}), numbers("s2", {}), texts("mode", {})});
  for (std::size_t r = 0; r < rows; ++r) {
    const auto unit = rng.below(units);
    table.columns[0].numbers.push_back(rng.uniform() < 0.05 ? missing
                                                            : 500 + 0.01 * static_cast<double>(r) + rng.normal());
    table.columns[1].numbers.push_back(1e-3 * rng.normal() + static_cast<double>(unit) * 1e4);
    table.columns[2].codes.push_back(table.columns[2].dictionary->code_of(unit % 2 == 0 ? "even" : "odd"));
    table.entities.push_back("unit" + std::to_string(unit));
    table.times.push_back(TimePoint{} + std::chrono::minutes(r));
  }
  table.rows = rows;
  return table;
}

inline std::vector<InputColumn> columns_of(const Table& table) {
  std::vector<InputColumn> columns;
  for (const auto& column : table.columns) columns.push_back({column.name, column.kind});
  return columns;
}

}  // namespace perennial::features
