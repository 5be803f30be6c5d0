#pragma once
// The parity gate: the trained native model and the ONNX session must say the same, row by row.

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/result.hpp"
#include "core/signature.hpp"

namespace perennial::inference {

/// A difference up to this share of the output's scale passes: summation order differs in the last places.
inline constexpr double parity_tolerance = 1e-5;

/// What a row was made to try.
enum class ParityKind {
  real,     ///< rows of the training data
  missing,  ///< NaN in one, several or all columns, missing texts
  extreme,  ///< ±1e30, ±FLT_MAX, ±0, the smallest positive number
  unseen,   ///< texts that the encodings do not know
  split,    ///< one value exactly at, just below or just above a threshold of the model
};
std::string_view to_string(ParityKind kind);

struct ParityReport {
  bool passed = false;
  std::size_t rows = 0;
  std::map<std::string, std::size_t> rows_by_kind;
  double worst = 0;  ///< largest |native - session| / scale; infinite where one of them is not finite
  std::size_t worst_row = 0;
  std::size_t worst_output = 0;  ///< column of Outputs
  std::string worst_kind;
  double native = 0;  ///< the two answers there
  double session = 0;
  double tolerance = parity_tolerance;
};

/// Compares two answers for the same rows; kinds[row] says what each row tries. The scale of an output column is
/// max(1, largest finite |native| in it). Not passed where a difference is above the tolerance, an answer is not
/// finite, or there is no row at all. Error: internal where the shapes differ.
Result<ParityReport> compare(const Outputs& native, const Outputs& session, std::span<const ParityKind> kinds);

Json to_json(const ParityReport& report);
Result<ParityReport> parity_from_json(const Json& value);

}  // namespace perennial::inference
