#include "features/batch.hpp"

#include <cmath>
#include <limits>

#include <fmt/format.h>

namespace perennial::features {

float to_float(double value) {
  constexpr double most = std::numeric_limits<float>::max();
  if (value > most) return std::numeric_limits<float>::max();
  if (value < -most) return std::numeric_limits<float>::lowest();
  return static_cast<float>(value);
}

Result<InputBatch> to_batch(const Table& inputs, const std::vector<InputColumn>& columns, std::size_t first,
                            std::size_t count) {
  if (first > inputs.rows || count > inputs.rows - first)
    return fail(ErrorCode::internal, "a batch reaches beyond its table");
  InputBatch batch;
  batch.rows = count;
  std::vector<const Column*> numeric, text;
  for (const auto& wanted : columns) {
    const Column* column = inputs.find(wanted.name);
    if (column == nullptr) return fail(ErrorCode::invalid, fmt::format("the feature '{}' is missing", wanted.name));
    if (column->kind != wanted.kind)
      return fail(ErrorCode::invalid, fmt::format("the feature '{}' is {} where {} is expected", wanted.name,
                                                  to_string(column->kind), to_string(wanted.kind)));
    (wanted.kind == ColumnKind::numeric ? numeric : text).push_back(column);
  }
  batch.numeric_count = numeric.size();
  batch.text_count = text.size();
  batch.numbers.resize(count * numeric.size());
  for (std::size_t c = 0; c < numeric.size(); ++c)
    for (std::size_t row = 0; row < count; ++row)
      batch.numbers[row * numeric.size() + c] = to_float(numeric[c]->numbers[first + row]);
  batch.texts.resize(count * text.size());
  for (std::size_t c = 0; c < text.size(); ++c)
    for (std::size_t row = 0; row < count; ++row) batch.texts[row * text.size() + c] = text[c]->text(first + row);
  return batch;
}

}  // namespace perennial::features
