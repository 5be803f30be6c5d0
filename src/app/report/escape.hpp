#pragma once
// Text that comes from data, made safe to stand in HTML and SVG.

#include <string>
#include <string_view>

namespace perennial::app {

/// For element content and for attributes in double or single quotes: & < > " ' become entities, bytes that are not
/// UTF-8 become U+FFFD, control characters become blanks.
std::string escaped(std::string_view text);
/// At most `most` characters (code points); a longer text ends in "…". Not escaped.
std::string shortened(std::string_view text, std::size_t most);

}  // namespace perennial::app
