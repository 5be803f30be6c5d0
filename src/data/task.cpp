#include "data/task.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "data/cell.hpp"

namespace perennial::data {
namespace {

bool says_missing(const std::string& value) { return read_cell(value).kind == CellKind::missing; }

std::vector<std::string> class_list(const ColumnSchema& column) {
  const auto unlabelled = words_for_missing(column);
  std::vector<std::string> classes;
  for (const auto& [value, count] : column.values) {
    if (std::ranges::find(unlabelled, value) != unlabelled.end()) continue;
    const Cell cell = read_cell(value);
    auto name = cell.kind == CellKind::number ? number_text(cell.number) : value;
    if (std::find(classes.begin(), classes.end(), name) == classes.end()) classes.push_back(std::move(name));
  }
  return classes;
}

Status check_variety(const ColumnSchema& column) {
  if (column.distinct == 0) return fail(ErrorCode::invalid, fmt::format("the target '{}' has no values", column.name));
  if (column.is_constant)
    return fail(ErrorCode::invalid,
                fmt::format("the target '{}' is always '{}': there is nothing to learn", column.name, column.first));
  return {};
}

}  // namespace

std::vector<std::string> words_for_missing(const ColumnSchema& column) {
  std::vector<std::string> words;
  for (const auto& [value, count] : column.values)
    if (says_missing(value)) words.push_back(value);
  // "None" beside one other text is a class.
  if (column.values.size() < words.size() + 2) words.clear();
  return words;
}

Result<Target> infer_task(const ColumnSchema& column) {
  TRY(check_variety(column));
  if (column.distinct - words_for_missing(column).size() == 2) return make_target(column, Task::binary);
  if (column.kind == ColumnKind::categorical) {
    if (column.distinct > multiclass_text_values || column.values.empty())
      return fail(ErrorCode::invalid,
                  fmt::format("the target '{}' has {}{} different texts: neither classes nor a number", column.name,
                              column.distinct_at_least ? "over " : "", column.distinct),
                  {}, fmt::format("at most {} classes are inferred", multiclass_text_values));
    return make_target(column, Task::multiclass);
  }
  if (column.is_integer && column.distinct <= multiclass_whole_values) {
    const bool frequent = std::all_of(column.values.begin(), column.values.end(),
                                      [](const auto& value) { return value.second >= multiclass_least_rows; });
    if (frequent) return make_target(column, Task::multiclass);
  }
  return make_target(column, Task::regression);
}

Result<Target> make_target(const ColumnSchema& column, Task task) {
  TRY(check_variety(column));
  if (task == Task::regression) {
    if (column.kind != ColumnKind::numeric)
      return fail(ErrorCode::invalid, fmt::format("the target '{}' holds texts ('{}') and cannot be a regression",
                                                  column.name, column.first));
    return Target{column.name, task, {}};
  }
  if (column.values.empty())
    return fail(ErrorCode::invalid,
                fmt::format("the target '{}' has more than {} classes", column.name, limits::classes));
  Target target{column.name, task, class_list(column)};
  if (task == Task::binary && target.classes.size() != 2)
    return fail(ErrorCode::invalid,
                fmt::format("the target '{}' has {} values where binary needs 2", column.name, target.classes.size()));
  return target;
}

double minority_share(const ColumnSchema& column, const Target& target) {
  if (!is_classification(target.task) || column.values.empty()) return 0;
  const auto unlabelled = words_for_missing(column);
  std::uint64_t all = 0;
  std::uint64_t least = UINT64_MAX;
  for (const auto& [value, count] : column.values) {
    if (std::ranges::find(unlabelled, value) != unlabelled.end()) continue;
    all += count;
    least = std::min(least, count);
  }
  return static_cast<double>(least) / static_cast<double>(all);
}

}  // namespace perennial::data
