#pragma once
// Which labels are known already: per key and target, with the value, for the newest ones.

#include <cstdint>
#include <deque>
#include <vector>

#include "core/result.hpp"
#include "feedback/key_index.hpp"
#include "feedback/label_batch.hpp"

namespace perennial::feedback {

struct LabelMark {
  std::uint64_t key = 0;
  std::uint64_t check = 0;
  std::uint64_t value = 0;
};

/// One mark per value of the batch.
std::vector<LabelMark> marks_of(const LabelBatch& batch);

/// Bounded: beyond `most` marks the oldest are forgotten. A mark is a 128-bit fingerprint of key and target name and a
/// 64-bit one of the value. Not thread-safe.
class LabelIndex {
 public:
  explicit LabelIndex(std::size_t most) : most_(most) {}

  /// What a batch would change. Labels that are known are NOT in `fresh`; rows without a fresh value are duplicates.
  struct Findings {
    std::vector<LabelMark> fresh;
    std::vector<std::uint8_t> duplicate;  ///< per row: 1 = every value of it is known
    std::size_t duplicates = 0;           ///< rows
    bool has_known_values = false;        ///< some value was known, also in rows that have fresh ones
  };
  /// Error: conflict, naming the key. Values that are known are erased from `batch` (NaN).
  Result<Findings> examine(LabelBatch& batch) const;

  void add(const std::vector<LabelMark>& marks);
  void remove(const std::vector<LabelMark>& marks);
  std::size_t size() const { return marks_.size(); }

 private:
  struct Stored {
    std::uint64_t check;
    std::uint64_t value;
  };
  std::size_t most_;
  KeyIndex<Stored> marks_;
  std::deque<std::uint64_t> order_;  ///< keys of marks_, oldest first
};

}  // namespace perennial::feedback
