#pragma once
// Rows as a graph takes them.

#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial::features {

/// Numeric and text inputs apart, each row-major and in the order of the signature's inputs.
struct InputBatch {
  std::size_t rows = 0;
  std::size_t numeric_count = 0;   ///< numeric inputs per row
  std::size_t text_count = 0;      ///< text inputs per row
  std::vector<float> numbers;      ///< rows × numeric_count; NaN = missing
  std::vector<std::string> texts;  ///< rows × text_count; "" = missing
};

/// Rounds to the nearest float; beyond the range of floats the largest of that sign; NaN stays.
float to_float(double value);

/// Rows [first, first + count). Columns are found by name. Error: invalid (missing column, other kind).
Result<InputBatch> to_batch(const Table& inputs, const std::vector<InputColumn>& columns, std::size_t first,
                            std::size_t count);

}  // namespace perennial::features
