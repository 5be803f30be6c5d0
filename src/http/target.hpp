#pragma once
// The request target: percent-decoded once, path segments and query parameters apart.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/result.hpp"

namespace perennial::http {

struct Target {
  std::string path;                                        ///< decoded
  std::vector<std::string> segments;                       ///< decoded; "/" has none
  std::vector<std::pair<std::string, std::string>> query;  ///< decoded, in their order

  friend bool operator==(const Target&, const Target&) = default;
};

/// Only the origin form ("/path?query"). Error: invalid, for a broken %-escape, a control character, bytes that are not
/// UTF-8, a slash, backslash or percent sign inside of a segment, "." or ".." segments, empty segments, a query name
/// given twice.
Result<Target> parse_target(std::string_view text);

/// For clients: everything but unreserved characters escaped.
std::string percent_encode(std::string_view text);

}  // namespace perennial::http
