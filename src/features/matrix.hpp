#pragma once
// Rows as a learner takes them: every input one float.

#include <vector>

#include "features/encoding.hpp"

namespace perennial::features {

/// Row-major rows × columns, NaN = missing; columns in the order of the signature's inputs.
struct Matrix {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<float> values;
};

/// Rows [first, first + count). Numbers become floats as in to_batch(); categories what their encoding says.
/// Errors: invalid (missing column, other kind), internal (a text input without an encoding).
Result<Matrix> to_matrix(const Table& inputs, const std::vector<InputColumn>& columns, const Encodings& encodings,
                         std::size_t first, std::size_t count);

}  // namespace perennial::features
