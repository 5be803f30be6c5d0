#include "core/importance_report.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace perennial {
namespace {

constexpr std::size_t most_moves = 3;

}  // namespace

Json to_json(const ImportanceReport& report) {
  Json columns = Json::object();
  for (const auto& column : report.columns)
    columns[column.column] = {{"reference", column.reference}, {"now", column.current}};
  return {{"verdict", std::string(to_string(report.verdict))},
          {"why_not", report.why_not.empty() ? Json(nullptr) : Json(report.why_not)},
          {"target", report.target.empty() ? Json(nullptr) : Json(report.target)},
          {"shift", report.shift},
          {"noise", report.noise},
          {"threshold", report.threshold},
          {"columns", columns},
          {"reference_rows", report.reference_rows},
          {"current_rows", report.current_rows}};
}

std::string largest_moves(const ImportanceReport& report) {
  // By name: as long as the same columns move, the sentence says the same.
  auto moved =
      std::vector(report.columns.begin(),
                  report.columns.begin() + static_cast<std::ptrdiff_t>(std::min(most_moves, report.columns.size())));
  std::ranges::sort(moved, {}, &ColumnImportance::column);
  std::string words;
  for (const auto& column : moved) {
    if (column.reference == column.current) continue;
    words += fmt::format("{}{} {:.2f} -> {:.2f}", words.empty() ? "" : ", ", column.column, column.reference,
                         column.current);
  }
  return words;
}

}  // namespace perennial
