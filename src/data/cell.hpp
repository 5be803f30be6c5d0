#pragma once
// What one text cell means. The same rules for schema inference and for streams.

#include <string>
#include <string_view>

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

/// The shortest text that reads back as `value`; integers without ".0", "-0" as "0"; empty for NaN. Class names are
/// made of this, so that 1, 1.0 and "1" are one class.
std::string number_text(double value);

}  // namespace perennial::data
