#include "http/page.hpp"

#include <string>

#include "core/hash.hpp"

namespace perennial::http {

/// The text of web/index.html.
extern const std::string_view page_text;

namespace {

/// 'sha256-…' of what stands between the tags, exactly as a browser hashes it.
std::string hash_of(std::string_view page, std::string_view open, std::string_view close) {
  const auto from = page.find(open);
  const auto to = page.find(close, from);
  if (from == std::string_view::npos || to == std::string_view::npos) return "'none'";
  const std::string_view inside = page.substr(from + open.size(), to - from - open.size());
  const std::string hex = sha256_hex(inside);
  const auto nibble = [&](std::size_t i) -> unsigned {
    if (i >= hex.size()) return 0;
    return static_cast<unsigned>(hex[i] <= '9' ? hex[i] - '0' : hex[i] - 'a' + 10);
  };
  // Three hexadecimal digits are two of base 64.
  constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < hex.size(); i += 3) {
    const unsigned bits = nibble(i) << 8 | nibble(i + 1) << 4 | nibble(i + 2);
    text += digits[bits >> 6];
    text += digits[bits & 63];
  }
  text.resize(43);  // 32 bytes are 43 digits and one of padding
  return "'sha256-" + text + "='";
}

}  // namespace

std::string_view page_html() { return page_text; }

std::string_view page_policy() {
  static const std::string policy =
      "default-src 'self'; script-src " + hash_of(page_text, "<script>", "</script>") + "; style-src " +
      hash_of(page_text, "<style>", "</style>") +
      "; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
  return policy;
}

}  // namespace perennial::http
