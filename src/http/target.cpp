#include "http/target.hpp"

#include <algorithm>
#include <optional>

#include "core/utf8.hpp"

namespace perennial::http {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::unexpected<Error> bad(std::string what) { return fail(ErrorCode::invalid, std::move(what), "request target"); }

/// Once, never twice: what is still a percent sign afterwards is data.
Result<std::string> decode(std::string_view text, bool plus_is_blank) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return bad("a percent sign is not followed by two hexadecimal digits");
      out.push_back(static_cast<char>(high * 16 + low));
      i += 2;
    } else {
      out.push_back(plus_is_blank && text[i] == '+' ? ' ' : text[i]);
    }
  }
  for (const char c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) return bad("a control character");
  if (!is_utf8(out)) return bad("bytes that are not UTF-8");
  return out;
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  Target target;
  const auto question = text.find('?');
  const std::string_view path = text.substr(0, question);
  if (path.empty() || path[0] != '/') return bad("a path that starts with '/' is needed");
  if (text.find('#') != std::string_view::npos) return bad("a fragment");
  std::size_t at = 1;
  while (at < path.size()) {
    const auto slash = std::min(path.find('/', at), path.size());
    ASSIGN_OR_RETURN(std::string segment, decode(path.substr(at, slash - at), false));
    if (segment.empty()) return bad("an empty path segment");
    if (segment == "." || segment == "..") return bad("a path segment '" + segment + "'");
    if (segment.find_first_of("/\\%") != std::string::npos)
      return bad("a slash, backslash or percent sign inside of a path segment");
    target.path += '/' + segment;
    target.segments.push_back(std::move(segment));
    at = slash + 1;
    if (slash + 1 == path.size()) return bad("the path ends in '/'");
  }
  if (target.path.empty()) target.path = "/";
  if (question == std::string_view::npos) return target;

  std::string_view rest = text.substr(question + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    ASSIGN_OR_RETURN(std::string name, decode(pair.substr(0, equals), true));
    ASSIGN_OR_RETURN(std::string value,
                     decode(equals == std::string_view::npos ? std::string_view() : pair.substr(equals + 1), true));
    for (const auto& [known, unused] : target.query)
      if (known == name) return bad("the query parameter '" + name.substr(0, 60) + "' is given twice");
    target.query.emplace_back(std::move(name), std::move(value));
  }
  return target;
}

std::string percent_encode(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      out.push_back(c);
    } else {
      out.push_back('%');
      out.push_back(digits[byte >> 4]);
      out.push_back(digits[byte & 15]);
    }
  }
  return out;
}

}  // namespace perennial::http
