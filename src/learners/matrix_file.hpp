#pragma once
// The rows of a training on their way to the trainer executable: one checksummed binary file.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace perennial::learners {

/// rows × columns floats (row-major, NaN = missing), rows × targets truths (row-major, NaN = none), and per row a
/// weight and whether it validates.
struct MatrixFile {
  std::uint64_t rows = 0;
  std::uint32_t columns = 0;
  std::uint32_t targets = 0;
  std::vector<float> features;
  std::vector<double> truth;
  std::vector<float> weights;
  std::vector<std::uint8_t> validation;
};

/// Little-endian: "PRNLMTX1", rows u64, columns u32, targets u32, features, truth, weights, validation, XXH64 of all
/// before it. Error: internal where the lists do not have the lengths that rows, columns and targets ask for.
Result<std::string> encode_matrix(const MatrixFile& matrix);

/// Trusts no size in the bytes: the length of the file must be exactly what rows, columns and targets ask for, before
/// anything is reserved. Error: corrupt.
Result<MatrixFile> decode_matrix(std::string_view bytes);

}  // namespace perennial::learners
