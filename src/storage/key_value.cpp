#include "storage/key_value.hpp"

#include <fmt/format.h>

namespace perennial::storage {

Result<KeyValue> KeyValue::open(Database& database) {
  if (!database.read_only()) {
    const auto lock = database.lock();
    ASSIGN_OR_RETURN(auto transaction, database.begin());
    TRY(database.execute(
        "CREATE TABLE IF NOT EXISTS memo (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, key TEXT NOT NULL,"
        " bytes BLOB NOT NULL, UNIQUE (kind, key)) STRICT"));
    TRY(transaction.commit());
  }
  return KeyValue(database);
}

namespace {

Status check_size(std::string_view kind, std::string_view bytes) {
  if (bytes.size() <= key_value_bytes) return {};
  return fail(ErrorCode::too_large, fmt::format("a {} of {} bytes", kind, bytes.size()), "memo",
              fmt::format("at most {}", key_value_bytes));
}

}  // namespace

Status KeyValue::put(std::string_view kind, std::string_view key, std::string_view bytes) {
  TRY(check_size(kind, bytes));
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto insert, database_->prepare("INSERT INTO memo (kind, key, bytes) VALUES (?, ?, ?)"
                                                   " ON CONFLICT (kind, key) DO UPDATE SET bytes = excluded.bytes"));
  return insert.bind(1, kind).bind(2, key).bind_blob(3, bytes).run();
}

Result<bool> KeyValue::put_new(std::string_view kind, std::string_view key, std::string_view bytes) {
  TRY(check_size(kind, bytes));
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto insert, database_->prepare("INSERT INTO memo (kind, key, bytes) VALUES (?, ?, ?)"
                                                   " ON CONFLICT (kind, key) DO NOTHING RETURNING id"));
  insert.bind(1, kind).bind(2, key).bind_blob(3, bytes);
  ASSIGN_OR_RETURN(const bool inserted, insert.step());
  if (inserted) {
    // The commit happens in the step that finds the end.
    TRY(insert.step());
  }
  return inserted;
}

Result<std::optional<std::string>> KeyValue::get(std::string_view kind, std::string_view key) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto select, database_->prepare("SELECT bytes FROM memo WHERE kind = ? AND key = ?"));
  select.bind(1, kind).bind(2, key);
  ASSIGN_OR_RETURN(const bool there, select.step());
  if (!there) return std::nullopt;
  return select.blob(0);
}

Status KeyValue::remove(std::string_view kind, std::string_view key) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto statement, database_->prepare("DELETE FROM memo WHERE kind = ? AND key = ?"));
  return statement.bind(1, kind).bind(2, key).run();
}

Result<std::uint64_t> KeyValue::count(std::string_view kind) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto select, database_->prepare("SELECT count(*) FROM memo WHERE kind = ?"));
  select.bind(1, kind);
  TRY(select.step());
  return static_cast<std::uint64_t>(select.integer(0));
}

Status KeyValue::trim(std::string_view kind, std::uint64_t most) {
  const auto lock = database_->lock();
  ASSIGN_OR_RETURN(auto statement,
                   database_->prepare("DELETE FROM memo WHERE kind = ?1 AND id <="
                                      " (SELECT id FROM memo WHERE kind = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)"));
  return statement.bind(1, kind).bind(2, static_cast<std::int64_t>(most)).run();
}

}  // namespace perennial::storage
