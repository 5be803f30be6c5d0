#pragma once
// Made-up tables for the data-quality checks.

#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/rng.hpp"
#include "drift/quality/examine.hpp"

namespace perennial::drift::quality {

inline constexpr TimePoint first_instant{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};

/// price: lognormal; level: normal around 20; count: whole numbers; slow: a slow wave; kind: six texts; 2 % of `level`
/// are missing. One row a minute.
inline Table stable_rows(Rng& rng, std::size_t rows, std::size_t before = 0) {
  Table table;
  for (const char* name : {"price", "level", "count", "slow"})
    table.columns.push_back(Column{name, ColumnKind::numeric, {}, {}, nullptr});
  table.columns.push_back(Column{"kind", ColumnKind::categorical, {}, {}, std::make_shared<Dictionary>()});
  double slow = 0;
  for (std::size_t row = 0; row < rows; ++row) {
    table.columns[0].numbers.push_back(std::exp(1 + 0.8 * rng.normal()));
    table.columns[1].numbers.push_back(rng.uniform() < 0.02 ? std::nan("") : 20 + 4 * rng.normal());
    table.columns[2].numbers.push_back(static_cast<double>(rng.below(40)));
    slow = row == 0 ? 3 * rng.normal() : 0.95 * slow + std::sqrt(1 - 0.95 * 0.95) * 3 * rng.normal();
    table.columns[3].numbers.push_back(50 + slow);
    static const char* kinds[] = {"aa", "bb", "cc", "dd", "ee", "ff"};
    const std::uint64_t draw = rng.below(21);
    table.columns[4].codes.push_back(table.columns[4].dictionary->code_of(kinds[draw < 6    ? 0
                                                                                : draw < 11 ? 1
                                                                                : draw < 15 ? 2
                                                                                : draw < 18 ? 3
                                                                                : draw < 20 ? 4
                                                                                            : 5]));
    table.times.push_back(first_instant + std::chrono::minutes(before + row));
  }
  table.rows = rows;
  return table;
}

inline Window window_over(const Table& table, std::uint64_t first_row = 0) {
  return window_of(table, {}, first_row, table.times.empty() ? TimePoint{} : table.times.back());
}

inline std::vector<double>& numbers(Table& table, const std::string& name) {
  for (auto& column : table.columns)
    if (column.name == name) return column.numbers;
  return table.columns.front().numbers;
}

inline const Finding* find(const Report& report, const std::string& check, const std::string& column) {
  for (const auto& finding : report.findings)
    if (finding.check == check && finding.column == column) return &finding;
  return nullptr;
}

inline std::string list(const Report& report) {
  std::string text;
  for (const auto& finding : report.findings) text += to_text(to_json(finding)) + "\n";
  return text;
}

}  // namespace perennial::drift::quality
