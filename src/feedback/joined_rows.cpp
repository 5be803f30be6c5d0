#include "feedback/joined_rows.hpp"

#include <algorithm>
#include <cmath>

namespace perennial::feedback {
namespace {

/// Neighbouring rows of one block: copied together.
struct Run {
  const PendingBlock* block = nullptr;
  std::size_t first = 0;
  std::size_t count = 0;
};

template <class T>
void copy_run(std::vector<T>& to, const std::vector<T>& from, const Run& run, std::size_t width = 1) {
  const auto begin = from.begin() + static_cast<std::ptrdiff_t>(run.first * width);
  to.insert(to.end(), begin, begin + static_cast<std::ptrdiff_t>(run.count * width));
}

void gather_texts(Column& to, std::size_t column, std::span<const Run> runs) {
  // A dictionary that nobody changes any more can be shared; that of a common block still grows.
  const auto& first = runs[0].block->record().graph_inputs().columns[column].dictionary;
  bool shareable = true;
  for (const auto& run : runs)
    shareable =
        shareable && run.block->is_shared() && run.block->record().graph_inputs().columns[column].dictionary == first;
  to.dictionary = shareable ? first : std::make_shared<Dictionary>();
  for (const auto& run : runs) {
    const Column& from = run.block->record().graph_inputs().columns[column];
    if (shareable) {
      copy_run(to.codes, from.codes, run);
      continue;
    }
    for (std::size_t row = run.first; row < run.first + run.count; ++row)
      to.codes.push_back(from.codes[row] < 0 ? -1 : to.dictionary->code_of(from.text(row)));
  }
}

Table gather_inputs(std::span<const Run> runs, std::size_t rows) {
  Table inputs = runs[0].block->record().graph_inputs().empty_like();
  for (std::size_t c = 0; c < inputs.columns.size(); ++c) {
    Column& to = inputs.columns[c];
    if (to.kind == ColumnKind::categorical) {
      to.codes.reserve(rows);
      gather_texts(to, c, runs);
      continue;
    }
    to.numbers.reserve(rows);
    for (const auto& run : runs) copy_run(to.numbers, run.block->record().graph_inputs().columns[c].numbers, run);
  }
  for (const auto& run : runs) {
    const Table& from = run.block->record().graph_inputs();
    if (!from.times.empty()) copy_run(inputs.times, from.times, run);
    if (!from.entities.empty()) copy_run(inputs.entities, from.entities, run);
  }
  inputs.rows = rows;
  return inputs;
}

std::size_t slot_of(std::vector<VersionOutputs>& versions, const ScoredVersion& wanted, std::size_t rows) {
  for (std::size_t i = 0; i < versions.size(); ++i)
    if (versions[i].version == wanted.version && versions[i].arm == wanted.arm &&
        versions[i].outputs.width == wanted.outputs.width)
      return i;
  const std::size_t width = wanted.outputs.width;
  versions.push_back({wanted.version,
                      wanted.arm,
                      {rows, width, std::vector<float>(rows * width, std::nanf(""))},
                      std::vector<std::uint8_t>(rows, 0),
                      std::vector<std::uint8_t>(rows, 0)});
  return versions.size() - 1;
}

void gather_answers(std::span<const Run> runs, std::size_t rows, JoinedBatch& batch) {
  std::size_t at = 0;
  for (const auto& run : runs) {
    const PredictionRecord& record = run.block->record();
    std::vector<std::size_t> slots;
    for (const auto& version : record.versions) {
      const std::size_t slot = slot_of(batch.versions, version, rows);
      slots.push_back(slot);
      VersionOutputs& to = batch.versions[slot];
      const std::size_t width = version.outputs.width;
      std::copy_n(version.outputs.values.begin() + static_cast<std::ptrdiff_t>(run.first * width), run.count * width,
                  to.outputs.values.begin() + static_cast<std::ptrdiff_t>(at * width));
      std::copy_n(version.scored.begin() + static_cast<std::ptrdiff_t>(run.first), run.count,
                  to.present.begin() + static_cast<std::ptrdiff_t>(at));
      std::copy_n(version.failed.begin() + static_cast<std::ptrdiff_t>(run.first), run.count,
                  to.failed.begin() + static_cast<std::ptrdiff_t>(at));
    }
    for (std::size_t row = run.first; row < run.first + run.count; ++row) {
      const std::uint8_t by = record.answered[row];
      batch.answered_by.push_back(by == kNobody ? -1 : static_cast<std::int32_t>(slots[by]));
    }
    at += run.count;
  }
}

}  // namespace

std::vector<JoinedBatch> gather(std::span<const JoinedRow> rows, const JoinedLabels& labels) {
  std::vector<JoinedBatch> batches;
  std::size_t first = 0;
  while (first < rows.size()) {
    const Table& like = rows[first].block->record().graph_inputs();
    std::vector<Run> runs;
    std::size_t end = first;
    for (; end < rows.size(); ++end) {
      const PendingBlock* block = rows[end].block.get();
      if (!runs.empty() && runs.back().block == block && runs.back().first + runs.back().count == rows[end].row) {
        ++runs.back().count;
        continue;
      }
      if (!runs.empty() && runs.back().block != block && !same_columns(block->record().graph_inputs(), like)) break;
      runs.push_back({block, rows[end].row, 1});
    }
    const Run labels_run{nullptr, first, end - first};
    JoinedBatch batch;
    batch.inputs = gather_inputs(runs, end - first);
    for (const auto& run : runs) copy_run(batch.ids, run.block->record().ids, run);
    gather_answers(runs, end - first, batch);
    for (const auto& truth : labels.truth) copy_run(batch.truth.emplace_back(), truth, labels_run);
    copy_run(batch.label_received_at, labels.received_at, labels_run);
    copy_run(batch.confidence, labels.confidence, labels_run);
    batches.push_back(std::move(batch));
    first = end;
  }
  return batches;
}

}  // namespace perennial::feedback
