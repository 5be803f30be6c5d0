#pragma once
// What one text cell means. The same rules for schema inference and for streams.

#include <string>
#include <string_view>

#include "core/number_text.hpp"

namespace perennial::data {

enum class CellKind {
  number,   ///< a finite decimal number, with blanks around it, a leading '+', thousands set off by commas ("1,234.5"),
            ///< a currency sign before ($ € £ ¥) or a % after it allowed, which count for nothing: "5%" is 5
  missing,  ///< empty, or one of NA, N/A, NaN, nan, null, NULL, None, ?
  text,     ///< anything else, infinities included
};

struct Cell {
  CellKind kind = CellKind::missing;
  double number = 0;  ///< NaN unless a number
};

Cell read_cell(std::string_view text);

}  // namespace perennial::data
