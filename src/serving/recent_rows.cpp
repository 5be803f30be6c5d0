#include "serving/recent_rows.hpp"

#include "core/limits.hpp"

namespace perennial::serving {
namespace {

/// A probe row needs no more categories than this many; then the rows start anew with fresh dictionaries.
constexpr std::size_t kDictionaryValues = 64;

bool same_columns(const Table& a, const Table& b) {
  if (a.columns.size() != b.columns.size()) return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i)
    if (a.columns[i].kind != b.columns[i].kind || a.columns[i].name != b.columns[i].name) return false;
  return true;
}

void append_row(Table& to, const Table& from, std::size_t row) {
  for (std::size_t c = 0; c < to.columns.size(); ++c) {
    Column& column = to.columns[c];
    const Column& source = from.columns[c];
    if (column.kind == ColumnKind::numeric) column.numbers.push_back(source.numbers[row]);
    else column.codes.push_back(source.codes[row] < 0 ? -1 : column.dictionary->code_of(source.text(row)));
  }
  ++to.rows;
}

bool has_too_many_values(const Table& table) {
  for (const auto& column : table.columns)
    if (column.dictionary && column.dictionary->size() > kDictionaryValues) return true;
  return false;
}

}  // namespace

void RecentRows::offer(const Table& graph_inputs) {
  if (graph_inputs.rows == 0) return;
  const std::uint64_t offer = offers_.fetch_add(1, std::memory_order_relaxed);
  if (offer >= kProbeRows && offer % kProbeEvery != 0) return;
  const std::unique_lock lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  if (!same_columns(rows_, graph_inputs) || has_too_many_values(rows_)) {
    rows_ = graph_inputs.empty_like();
    for (auto& column : rows_.columns)
      if (column.kind == ColumnKind::categorical) column.dictionary = std::make_shared<Dictionary>();
  }
  append_row(rows_, graph_inputs, graph_inputs.rows - 1);
  // Dropped in halves: a row costs no shift of all columns.
  if (rows_.rows >= 2 * kProbeRows) rows_.drop_front(kProbeRows);
}

Table RecentRows::rows() const {
  const std::lock_guard lock(mutex_);
  const std::size_t n = rows_.rows < kProbeRows ? rows_.rows : kProbeRows;
  Table copy = rows_.slice(rows_.rows - n, n);
  // The dictionaries go on growing here.
  for (auto& column : copy.columns)
    if (column.dictionary) column.dictionary = std::make_shared<Dictionary>(*column.dictionary);
  return copy;
}

}  // namespace perennial::serving
