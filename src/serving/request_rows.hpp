#pragma once
// Turns the cells of a request into rows of the model's request columns, or says exactly what is wrong.

#include <span>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial::serving {

/// One feature value as it came in; the views must outlive the call.
struct RawValue {
  std::string_view name;  ///< empty in positional rows
  double number = 0;      ///< used where neither is_text nor is_null
  std::string_view text;
  bool is_text = false;
  bool is_null = false;  ///< a missing value; must still be named
};

struct RawRow {
  std::span<const RawValue> values;
  bool positional = false;  ///< in the order of Signature::request
};

/// Rows without times and entities; the caller sets them. Error: invalid, "row 3: …", naming the feature: one is
/// missing, unknown (with the nearest known), given twice, has the wrong type, or is not finite; a list has the wrong
/// length. A number for a categorical column becomes its shortest text (3 → "3"). Infinity is refused, and NaN too:
/// missing is null. too_large beyond limits::instances_per_request.
Result<Table> request_rows(const Signature& signature, std::span<const RawRow> rows);

}  // namespace perennial::serving
