#pragma once
// What is remembered of a batch of predictions: the rows, and what every version that saw them answered.

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial::feedback {

enum class Arm : std::uint8_t {
  champion = 0,
  challenger = 1,
  shadow = 2,  ///< scores, never answers
};

std::string_view to_string(Arm arm);

/// PredictionRecord::answered of a row that nobody answered.
inline constexpr std::uint8_t kNobody = std::numeric_limits<std::uint8_t>::max();
/// Versions that one record can hold (one byte per row names one of them).
inline constexpr std::size_t kVersionsPerRecord = 255;
/// Rows × columns of one stored table, so that a small block cannot unfold into all memory.
inline constexpr std::size_t kCellsPerRecord = 1u << 24;

/// The answers of one version for the rows of one record.
struct ScoredVersion {
  std::string version;  ///< "1.0.2"
  Arm arm = Arm::champion;
  Outputs outputs;                   ///< as many rows as the record; NaN where `scored` is 0
  std::vector<std::uint8_t> scored;  ///< per row: 1 = the outputs are this version's finite answer
  std::vector<std::uint8_t> failed;  ///< per row: 1 = it was asked and gave an error or a non-finite value
};

/// One block: the rows of one request, or of one replay batch. All per-row members have `rows()` entries.
struct PredictionRecord {
  std::vector<std::string> ids;         ///< unique per model; never empty texts
  Table request;                        ///< what the client sent, with times and (where known) entities
  Table inputs;                         ///< what the graphs were given; no columns where it equals `request`
  std::vector<ScoredVersion> versions;  ///< at most kVersionsPerRecord
  std::vector<std::uint8_t> answered;   ///< per row: index into `versions`, or kNobody

  std::size_t rows() const { return ids.size(); }
  /// The graph's rows, wherever they are kept.
  const Table& graph_inputs() const { return inputs.columns.empty() ? request : inputs; }
  /// Error: internal, naming the member whose length does not fit.
  Status check() const;
};

/// Little-endian, versioned, self-contained (dictionaries hold only the values that occur). Numbers are kept exactly
/// (NaN as one NaN) in the smallest of five widths per column; an input column that equals a request column is a
/// reference. The record must pass check().
std::string encode(const PredictionRecord& record);

/// Never trusts a size in `bytes`. Every categorical column gets a dictionary of its own. Error: corrupt.
Result<PredictionRecord> decode_record(std::string_view bytes);
/// The number of rows of an encoded record without decoding it; 0 where the bytes are none.
std::size_t encoded_rows(std::string_view bytes);

/// Copies rows [first, first + count).
PredictionRecord slice(const PredictionRecord& record, std::size_t first, std::size_t count);

}  // namespace perennial::feedback
