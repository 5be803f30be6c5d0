#include "core/forget_words.hpp"

#include <memory>
#include <utility>

#include "core/limits.hpp"

namespace perennial {

void forget_unused_words(Table& table) {
  for (auto& column : table.columns) {
    if (column.dictionary == nullptr || column.dictionary->size() <= limits::categories / 2) continue;
    auto kept = std::make_shared<Dictionary>();
    for (auto& code : column.codes)
      if (code >= 0) code = kept->code_of(column.dictionary->value(code));
    column.dictionary = std::move(kept);
  }
}

}  // namespace perennial
