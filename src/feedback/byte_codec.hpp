#pragma once
// Little-endian fields for the two logs. Reading checks every length against what is left before it allocates.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/result.hpp"

namespace perennial::feedback {

static_assert(std::endian::native == std::endian::little, "the logs are written as memory has them");

class ByteWriter {
 public:
  explicit ByteWriter(std::size_t expected = 256) { bytes_.reserve(expected); }

  template <class T>
  void number(T value) {
    static_assert(std::is_arithmetic_v<T>);
    raw(&value, sizeof value);
  }
  /// 7 bits per byte, lowest first.
  void length(std::uint64_t value) {
    while (value >= 0x80) {
      bytes_.push_back(static_cast<char>(value | 0x80));
      value >>= 7;
    }
    bytes_.push_back(static_cast<char>(value));
  }
  void text(std::string_view value) {
    length(value.size());
    bytes_.append(value);
  }
  template <class T>
  void numbers(const std::vector<T>& values) {
    raw(values.data(), values.size() * sizeof(T));
  }
  void raw(const void* data, std::size_t count) {
    if (count > 0) bytes_.append(static_cast<const char*>(data), count);
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// After the first field that does not fit every read gives zero or empty and ok() is false: check once per section,
/// and always before a value that was read sizes anything.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}

  bool ok() const { return ok_; }
  std::size_t left() const { return left_.size(); }
  void spoil() {
    ok_ = false;
    left_ = {};
  }

  template <class T>
  T number() {
    static_assert(std::is_arithmetic_v<T>);
    T value{};
    if (const auto part = take(sizeof value); part.size() == sizeof value)
      std::memcpy(&value, part.data(), sizeof value);
    return value;
  }
  std::uint64_t length() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const auto byte = number<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    spoil();
    return 0;
  }
  /// A length of things that each take at least `bytes_each` of what is left.
  std::size_t count(std::size_t bytes_each = 1) {
    const std::uint64_t value = length();
    if (value > left_.size() / bytes_each) {
      spoil();
      return 0;
    }
    return static_cast<std::size_t>(value);
  }
  std::string text() { return std::string(take(count())); }
  template <class T>
  std::vector<T> numbers(std::size_t how_many) {
    if (how_many > left_.size() / sizeof(T)) {
      spoil();
      return {};
    }
    std::vector<T> values(how_many);
    const auto part = take(how_many * sizeof(T));
    if (!part.empty()) std::memcpy(values.data(), part.data(), part.size());
    return values;
  }

 private:
  std::string_view take(std::size_t how_many) {
    if (how_many > left_.size()) {
      spoil();
      return {};
    }
    const auto part = left_.substr(0, how_many);
    left_.remove_prefix(how_many);
    return part;
  }

  std::string_view left_;
  bool ok_ = true;
};

}  // namespace perennial::feedback
