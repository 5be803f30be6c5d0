#include "lifecycle/evidence/importance_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

namespace perennial::lifecycle {
namespace {

/// Exchanges a column's values between the rows of each pair; a second time puts them back.
void exchange(features::InputBatch& batch, ColumnKind kind, std::size_t place) {
  for (std::size_t row = 0; row + 1 < batch.rows; row += 2)
    if (kind == ColumnKind::numeric)
      std::swap(batch.numbers[row * batch.numeric_count + place],
                batch.numbers[(row + 1) * batch.numeric_count + place]);
    else std::swap(batch.texts[row * batch.text_count + place], batch.texts[(row + 1) * batch.text_count + place]);
}

}  // namespace

Result<std::vector<std::string>> columns_to_exchange(const std::vector<InputColumn>& inputs,
                                                     const std::map<std::string, stats::Importance>& gain) {
  std::map<std::string, double> largest;
  for (const auto& [target, shares] : gain)
    for (const auto& [column, share] : shares) largest[column] = std::max(largest[column], share);
  std::vector<std::string> columns;
  for (const auto& input : inputs)
    if (gain.empty() || largest.contains(input.name)) columns.push_back(input.name);
  if (columns.size() <= drift::importance_columns) return columns;
  if (gain.empty())
    return fail(
        ErrorCode::invalid,
        fmt::format("the version takes {} columns, and which of them it uses is not known: at most {} are asked "
                    "about",
                    columns.size(), drift::importance_columns));
  std::vector<std::string> by_share = columns;
  std::ranges::stable_sort(by_share, std::greater<>(), [&](const auto& column) { return largest[column]; });
  by_share.resize(drift::importance_columns);
  std::erase_if(columns, [&](const auto& column) { return std::ranges::find(by_share, column) == by_share.end(); });
  return columns;
}

Result<drift::Reliance> measure_reliance(const inference::Scorer& scorer, const Table& rows,
                                         const drift::RowPairs& pairs, const std::vector<std::string>& columns) {
  const auto& inputs = scorer.signature().inputs;
  ASSIGN_OR_RETURN(features::InputBatch batch, features::to_batch(rows.pick(pairs.rows), inputs, 0, pairs.rows.size()));
  drift::Reliance reliance(scorer.signature().targets, columns, pairs);
  ASSIGN_OR_RETURN(const Outputs as_they_are, scorer.run(batch));
  std::size_t numeric = 0;
  std::size_t text = 0;
  for (const auto& input : inputs) {
    const std::size_t place = input.kind == ColumnKind::numeric ? numeric++ : text++;
    const auto column = std::ranges::find(columns, input.name);
    if (column == columns.end()) continue;
    exchange(batch, input.kind, place);
    ASSIGN_OR_RETURN(const Outputs exchanged, scorer.run(batch));
    exchange(batch, input.kind, place);
    reliance.add(static_cast<std::size_t>(column - columns.begin()), as_they_are, exchanged);
  }
  return reliance;
}

}  // namespace perennial::lifecycle
