#pragma once
// What a version answered to the rows that it was judged on, kept with it: what estimates without labels learn from.

#include <string>
#include <string_view>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial::lifecycle {

/// Rows that the version was not trained on, in the order of time, with its answers and the truths.
struct HeldOutAnswers {
  Table inputs;
  Outputs outputs;           ///< one row per row of `inputs`
  std::vector<Truth> truth;  ///< per target, NaN = no label

  std::size_t rows() const { return inputs.rows; }
  /// At most `most` of the rows, evenly over all of them.
  static HeldOutAnswers thinned(const Table& inputs, const Outputs& outputs, const std::vector<Truth>& truth,
                                std::size_t most);
};

/// Rows of a version that are kept.
inline constexpr std::size_t held_out_rows_kept = 5000;

/// A blob of the version. Lengths must agree.
std::string encode(const HeldOutAnswers& answers, const std::string& version);
/// Error: corrupt.
Result<HeldOutAnswers> decode_held_out(std::string_view bytes);

}  // namespace perennial::lifecycle
