#pragma once
// The JSON reader of all request bodies. Callers include simdjson themselves, in their .cpp files.

#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace simdjson::dom {
class element;
class object;
class parser;
}  // namespace simdjson::dom

namespace perennial::http {

/// Parses into `own` or, for bodies of common size, into this thread's parser: the element lives until the next parse
/// of the thread, or as long as `own`. Refuses broken UTF-8, NaN, infinities and numbers beyond a double, depth over
/// limits::json_depth, and anything after the value. Error: invalid.
Result<simdjson::dom::element> parse_strict(std::string& body, std::optional<simdjson::dom::parser>& own);

/// A key that occurs twice; empty where none does.
std::string_view duplicate_key(const simdjson::dom::object& object);

}  // namespace perennial::http
