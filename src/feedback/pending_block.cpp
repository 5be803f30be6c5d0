#include "feedback/pending_block.hpp"

#include <cmath>

namespace perennial::feedback {
namespace {

std::uint64_t estimated_bytes(const PredictionRecord& record, bool with_request) {
  const std::size_t n = record.rows();
  std::uint64_t per_row = 2 * sizeof(std::uint64_t);
  const auto cells = [](const Table& table) {
    std::uint64_t bytes = 0;
    for (const auto& c : table.columns) bytes += c.kind == ColumnKind::numeric ? sizeof(double) : sizeof(std::int32_t);
    return bytes + sizeof(TimePoint) + (table.entities.empty() ? 0 : sizeof(std::string));
  };
  per_row += cells(record.graph_inputs());
  if (with_request && !record.inputs.columns.empty()) per_row += cells(record.request);
  for (const auto& v : record.versions) per_row += v.outputs.width * sizeof(float) + 2;
  per_row += sizeof(std::string);
  std::uint64_t texts = 0;
  for (const auto& id : record.ids) texts += id.size() > 15 ? id.size() : 0;
  for (const auto& entity : record.request.entities) texts += entity.size() > 15 ? entity.size() : 0;
  return n * per_row + texts;
}

}  // namespace

bool same_columns(const Table& a, const Table& b) {
  if (a.columns.size() != b.columns.size() || a.entities.empty() != b.entities.empty() ||
      a.times.empty() != b.times.empty())
    return false;
  for (std::size_t i = 0; i < a.columns.size(); ++i)
    if (a.columns[i].kind != b.columns[i].kind || a.columns[i].name != b.columns[i].name) return false;
  return true;
}

Table with_own_dictionaries(const Table& table) {
  Table empty = table.empty_like();
  for (auto& column : empty.columns)
    if (column.dictionary) column.dictionary = std::make_shared<Dictionary>();
  return empty;
}

PendingBlock::PendingBlock(std::uint64_t first_row, std::shared_ptr<const PredictionRecord> record)
    : first_row_(first_row),
      shared_(std::move(record)),
      labelled_(shared_->rows(), 0),
      bytes_(estimated_bytes(*shared_, true)) {}

PendingBlock::PendingBlock(std::uint64_t first_row, const PredictionRecord& like) : first_row_(first_row) {
  own_.request = with_own_dictionaries(like.graph_inputs());
}

bool PendingBlock::has_room_for(const PredictionRecord& record) const {
  if (shared_ || rows() + record.rows() > kRowsOfCommonBlock) return false;
  return rows() == 0 || (same_columns(own_.request, record.graph_inputs()) &&
                         own_.versions.size() + record.versions.size() <= kVersionsPerRecord);
}

std::size_t PendingBlock::version_slot(const ScoredVersion& version) {
  for (std::size_t i = 0; i < own_.versions.size(); ++i) {
    const ScoredVersion& mine = own_.versions[i];
    if (mine.version == version.version && mine.arm == version.arm && mine.outputs.width == version.outputs.width)
      return i;
  }
  const std::size_t n = rows();
  const std::size_t width = version.outputs.width;
  own_.versions.push_back({version.version,
                           version.arm,
                           {n, width, std::vector<float>(n * width, std::nanf(""))},
                           std::vector<std::uint8_t>(n, 0),
                           std::vector<std::uint8_t>(n, 0)});
  return own_.versions.size() - 1;
}

void PendingBlock::add(const PredictionRecord& record) {
  std::vector<std::size_t> slots;
  for (const auto& version : record.versions) slots.push_back(version_slot(version));
  const std::size_t more = record.rows();
  own_.ids.insert(own_.ids.end(), record.ids.begin(), record.ids.end());
  // Cannot fail: has_room_for() compared the columns.
  (void)own_.request.append(record.graph_inputs());
  const std::size_t n = own_.ids.size();
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const ScoredVersion& from = record.versions[i];
    ScoredVersion& to = own_.versions[slots[i]];
    to.outputs.values.insert(to.outputs.values.end(), from.outputs.values.begin(), from.outputs.values.end());
    to.scored.insert(to.scored.end(), from.scored.begin(), from.scored.end());
    to.failed.insert(to.failed.end(), from.failed.begin(), from.failed.end());
  }
  for (auto& version : own_.versions) {
    version.outputs.rows = n;
    version.outputs.values.resize(n * version.outputs.width, std::nanf(""));
    version.scored.resize(n, 0);
    version.failed.resize(n, 0);
  }
  for (const std::uint8_t by : record.answered)
    own_.answered.push_back(by == kNobody ? kNobody : static_cast<std::uint8_t>(slots[by]));
  labelled_.resize(n, 0);
  bytes_ += estimated_bytes(record, false) + more * sizeof(std::uint64_t);
}

}  // namespace perennial::feedback
