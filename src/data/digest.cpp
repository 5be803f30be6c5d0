#include "data/digest.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/hash.hpp"

namespace perennial::data {
namespace {

/// Collects small values, so that the hash is fed in large pieces.
class Feed {
 public:
  explicit Feed(Sha256& sha) : sha_(sha) { buffer_.reserve(capacity + 64); }
  ~Feed() { flush(); }
  Feed(const Feed&) = delete;
  Feed& operator=(const Feed&) = delete;

  /// Little-endian, whatever the machine is.
  void number(std::uint64_t value) {
    for (int i = 0; i < 8; ++i) buffer_ += static_cast<char>((value >> (8 * i)) & 0xff);
    if (buffer_.size() >= capacity) flush();
  }
  void text(std::string_view value) {
    number(value.size());
    buffer_ += value;
    if (buffer_.size() >= capacity) flush();
  }

 private:
  static constexpr std::size_t capacity = 1 << 16;
  void flush() {
    sha_.add(buffer_);
    buffer_.clear();
  }
  Sha256& sha_;
  std::string buffer_;
};

std::uint64_t bits(double value) {
  if (std::isnan(value)) return 0x7ff8000000000000ull;
  return std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value);
}

}  // namespace

std::string digest(const Table& table) {
  Sha256 sha;
  {
    Feed feed(sha);
    feed.text("perennial.table.1");
    feed.number(table.rows);
    feed.number(table.columns.size());
    for (const auto& column : table.columns) {
      feed.text(column.name);
      feed.text(to_string(column.kind));
      for (const double value : column.numbers) feed.number(bits(value));
      for (std::size_t row = 0; row < column.codes.size(); ++row) {
        // A missing cell must differ from an empty text.
        feed.number(column.codes[row] < 0 ? 0 : 1);
        feed.text(column.text(row));
      }
    }
    feed.number(table.times.size());
    for (const auto at : table.times) feed.number(static_cast<std::uint64_t>(at.time_since_epoch().count()));
    feed.number(table.entities.size());
    for (const auto& entity : table.entities) feed.text(entity);
  }
  return sha.hex();
}

std::string data_version(const Table& table) {
  if (table.times.empty()) return {};
  return format_time(*std::max_element(table.times.begin(), table.times.end())).substr(0, 10);
}

}  // namespace perennial::data
