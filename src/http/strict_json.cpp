#include "http/strict_json.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <vector>

#include "core/limits.hpp"

namespace perennial::http {
namespace {

constexpr std::size_t common_bytes = 256u << 10;  ///< larger bodies do not leave their memory with the thread
constexpr std::size_t few_keys = 24;              ///< up to here comparing all pairs is cheaper than sorting

std::string_view explain(simdjson::error_code code) {
  switch (code) {
    case simdjson::EMPTY: return "the body is empty";
    case simdjson::DEPTH_ERROR: return "it is nested too deeply";
    case simdjson::UTF8_ERROR: return "it is not UTF-8";
    case simdjson::NUMBER_ERROR: return "a number is malformed or too large";
    case simdjson::STRING_ERROR: return "a text has a broken escape";
    case simdjson::UNESCAPED_CHARS: return "a text has a bare control character";
    case simdjson::UNCLOSED_STRING: return "a text is not closed";
    case simdjson::T_ATOM_ERROR:
    case simdjson::F_ATOM_ERROR:
    case simdjson::N_ATOM_ERROR:
      return "a word that is not true, false or null (NaN and Infinity are no JSON; send null)";
    default: return "it is malformed";
  }
}

}  // namespace

Result<simdjson::dom::element> parse_strict(std::string& body, std::optional<simdjson::dom::parser>& own) {
  thread_local simdjson::dom::parser shared;
  if (body.size() > common_bytes) own.emplace();
  simdjson::dom::parser& parser = own ? *own : shared;
  if (body.capacity() < body.size() + simdjson::SIMDJSON_PADDING)
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  if (parser.max_depth() != limits::json_depth || parser.capacity() < body.size())
    if (const auto error = parser.allocate(std::max<std::size_t>(body.size(), 4096), limits::json_depth))
      return fail(ErrorCode::overloaded, "no memory for this body", "body", simdjson::error_message(error));
  const simdjson::simdjson_result<simdjson::dom::element> parsed =
      parser.parse(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(), false);
  if (const auto error = parsed.error())
    return fail(ErrorCode::invalid, fmt::format("not valid JSON: {}", explain(error)), "body",
                error == simdjson::DEPTH_ERROR ? fmt::format("at most {} levels", limits::json_depth) : std::string());
  const simdjson::dom::element element = parsed.value_unsafe();
  return element;
}

std::string_view duplicate_key(const simdjson::dom::object& object) {
  thread_local std::vector<std::string_view> keys;
  keys.clear();
  for (const auto field : object) keys.push_back(field.key);
  if (keys.size() <= few_keys) {
    for (std::size_t i = 1; i < keys.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (keys[i] == keys[j]) return keys[i];
    return {};
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  return twice == keys.end() ? std::string_view() : *twice;
}

}  // namespace perennial::http
