#pragma once
// The page at "/": web/index.html, inside of the program.

#include <string_view>

namespace perennial::http {

std::string_view page_html();
/// Content-Security-Policy that lets exactly its own script and style run.
std::string_view page_policy();

}  // namespace perennial::http
