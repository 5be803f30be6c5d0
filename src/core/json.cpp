#include "core/json.hpp"

#include "core/limits.hpp"

namespace perennial {
namespace {

/// nlohmann recurses when it destroys and dumps nested values, so depth is bounded before anything is built.
bool deeper_than(std::string_view text, std::size_t limit) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      else if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      if (++depth > limit) return true;
    } else if ((c == ']' || c == '}') && depth > 0) {
      --depth;
    }
  }
  return false;
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view where) {
  if (deeper_than(text, limits::json_depth))
    return fail(ErrorCode::invalid, "the JSON is nested too deeply", std::string(where),
                "at most " + std::to_string(limits::json_depth) + " levels");
  try {
    return Json::parse(text);
  } catch (const Json::exception& e) {
    std::string what = e.what();
    if (const auto at = what.find("] "); at != std::string::npos) what = what.substr(at + 2);
    return fail(ErrorCode::invalid, "not valid JSON: " + what, std::string(where));
  }
}

std::string to_text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace perennial
