#include "data/encoding.hpp"

#include <cstdint>
#include <cstring>
#include <fstream>

#include "core/utf8.hpp"

namespace perennial::data {
namespace {

constexpr std::size_t block_bytes = 1 << 20;

/// Characters before the first byte above 127, in steps of eight bytes.
std::size_t plain_prefix(std::string_view text) {
  std::size_t at = 0;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data() + at, 8);
    if ((eight & 0x8080808080808080U) != 0) break;
  }
  return at;
}

/// Bytes of well-formed UTF-8 at the front.
std::size_t well_formed(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size()) {
    at += plain_prefix(text.substr(at));
    const std::size_t length = at < text.size() ? utf8_length(text, at) : 0;
    if (length == 0) break;
    at += length;
  }
  return at;
}

}  // namespace

Result<std::string> encoding_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string block;
  std::size_t kept = 0;  // of the block before: a character that it cut
  bool first = true;
  while (file) {
    block.resize(kept + block_bytes);
    file.read(block.data() + kept, block_bytes);
    block.resize(kept + static_cast<std::size_t>(file.gcount()));
    if (first && (block.starts_with("\xFF\xFE") || block.starts_with("\xFE\xFF"))) return "utf-16";
    if (first && block.starts_with("\x1F\x8B")) return "utf-8";
    first = false;
    const std::size_t good = well_formed(block);
    kept = block.size() - good;
    if (kept >= 4 || (kept > 0 && file.eof())) return "latin-1";
    block.erase(0, good);
  }
  if (file.bad() || !file.eof()) return fail(ErrorCode::io, "cannot be read", path);
  return "utf-8";
}

}  // namespace perennial::data
