#include "features/matrix.hpp"

#include <limits>
#include <unordered_map>

#include <fmt/format.h>

#include "features/batch.hpp"

namespace perennial::features {

Result<Matrix> to_matrix(const Table& inputs, const std::vector<InputColumn>& columns, const Encodings& encodings,
                         std::size_t first, std::size_t count) {
  if (first > inputs.rows || count > inputs.rows - first)
    return fail(ErrorCode::internal, "a matrix reaches beyond its table");
  constexpr float missing = std::numeric_limits<float>::quiet_NaN();
  Matrix matrix{count, columns.size(), std::vector<float>(count * columns.size())};
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const Column* column = inputs.find(columns[c].name);
    if (column == nullptr) return fail(ErrorCode::invalid, fmt::format("the feature '{}' is missing", columns[c].name));
    if (column->kind != columns[c].kind)
      return fail(ErrorCode::invalid, fmt::format("the feature '{}' is {} where {} is expected", columns[c].name,
                                                  to_string(column->kind), to_string(columns[c].kind)));
    if (column->kind == ColumnKind::numeric) {
      for (std::size_t row = 0; row < count; ++row)
        matrix.values[row * columns.size() + c] = to_float(column->numbers[first + row]);
      continue;
    }
    const CategoryEncoding* encoding = encodings.find(columns[c].name);
    if (encoding == nullptr)
      return fail(ErrorCode::internal, fmt::format("the text feature '{}' has no encoding", columns[c].name));
    std::vector<float> of_code(column->dictionary->size(), missing);
    for (std::size_t i = 0; i < encoding->values.size(); ++i)
      if (const auto code = column->dictionary->find(encoding->values[i]); code >= 0)
        of_code[static_cast<std::size_t>(code)] = static_cast<float>(i);
    for (std::size_t row = 0; row < count; ++row) {
      const auto code = column->codes[first + row];
      matrix.values[row * columns.size() + c] = code < 0 ? missing : of_code[static_cast<std::size_t>(code)];
    }
  }
  return matrix;
}

}  // namespace perennial::features
