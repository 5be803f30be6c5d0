#pragma once
// JSON values for journal bodies, reports and requests off the hot path. Keys are kept sorted, so that the same value
// has one text and one digest. NaN and infinities are written as null: readers must treat null as "not known".

#include <nlohmann/json.hpp>
#include <string_view>

#include "core/result.hpp"

namespace perennial {

using Json = nlohmann::json;

/// Parses without exceptions; depth is limited to limits::json_depth. Error: invalid, with the byte position.
Result<Json> parse_json(std::string_view text, std::string_view where = {});

/// The compact text used for digests and for the journal (invalid UTF-8 is replaced, never thrown on).
std::string to_text(const Json& value);

}  // namespace perennial
