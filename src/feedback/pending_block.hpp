#pragma once
// Predictions that wait for their labels, in columns: one block per large record, or per many small ones.

#include <cstdint>
#include <memory>
#include <vector>

#include "feedback/record.hpp"

namespace perennial::feedback {

/// Records with fewer rows are gathered in common blocks.
inline constexpr std::size_t kRowsOfOwnBlock = 64;
/// Rows gathered in one common block.
inline constexpr std::size_t kRowsOfCommonBlock = 1024;

class PendingBlock {
 public:
  /// A block of its own; nothing is copied.
  PendingBlock(std::uint64_t first_row, std::shared_ptr<const PredictionRecord> record);
  /// An empty common block for rows like those of `like`.
  PendingBlock(std::uint64_t first_row, const PredictionRecord& like);

  std::uint64_t first_row() const { return first_row_; }
  std::size_t rows() const { return labelled_.size(); }
  /// ids, graph_inputs(), versions and answered of the rows; the request columns may be missing.
  const PredictionRecord& record() const { return shared_ ? *shared_ : own_; }
  bool is_shared() const { return shared_ != nullptr; }
  std::uint64_t bytes() const { return bytes_; }  ///< estimate

  /// True where add() can take the record's rows: a common block with room and the same columns.
  bool has_room_for(const PredictionRecord& record) const;
  void add(const PredictionRecord& record);

  /// One bit per target that was labelled.
  std::uint64_t labelled(std::size_t row) const { return labelled_[row]; }
  void set_labelled(std::size_t row, std::uint64_t bits) { labelled_[row] = bits; }

 private:
  std::size_t version_slot(const ScoredVersion& version);

  std::uint64_t first_row_;
  std::shared_ptr<const PredictionRecord> shared_;
  PredictionRecord own_;
  std::vector<std::uint64_t> labelled_;
  std::uint64_t bytes_ = 0;
};

/// True where both have the same columns by name and kind, and both or neither have entities and times.
bool same_columns(const Table& a, const Table& b);
/// The columns of `table` without rows, each text column with a new dictionary of its own.
Table with_own_dictionaries(const Table& table);

}  // namespace perennial::feedback
