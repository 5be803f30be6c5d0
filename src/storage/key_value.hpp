#pragma once
// A small durable memo: bytes by kind and key (remembered command ids, training cache). Thread-safe. Not part of the
// journal's chain: what stands here can be lost or rebuilt without changing a decision.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/database.hpp"

namespace perennial::storage {

/// Bytes of one value.
inline constexpr std::size_t key_value_bytes = 64u << 20;

class KeyValue {
 public:
  /// `database` must outlive it.
  static Result<KeyValue> open(Database& database);

  /// Replaces. Durable on return, or with the caller's transaction. Error: too_large, disk_full, io.
  Status put(std::string_view kind, std::string_view key, std::string_view bytes);
  /// Writes only where the key is new; false where it was there already.
  Result<bool> put_new(std::string_view kind, std::string_view key, std::string_view bytes);
  Result<std::optional<std::string>> get(std::string_view kind, std::string_view key);
  Status remove(std::string_view kind, std::string_view key);
  Result<std::uint64_t> count(std::string_view kind);
  /// Keeps the `most` newest (by first insertion) of a kind.
  Status trim(std::string_view kind, std::uint64_t most);

 private:
  explicit KeyValue(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace perennial::storage
