#pragma once
// One SQLite connection: WAL, synchronous=FULL (read back at open, but for scratch files), foreign keys, a busy
// timeout. Prepared statements with typed binds, transactions that roll back unless committed.
//
// Threads: a Database may be shared. Transaction holds its lock while it lives; whoever steps a Statement outside of a
// transaction holds lock() for as long as rows are read. Journal and KeyValue do this themselves.
// Errors: SQLITE_FULL → disk_full, SQLITE_CORRUPT and NOTADB → corrupt, BUSY and LOCKED → overloaded, constraint →
// conflict, all others io. After an I/O error of a write the handle latches: every later write fails until the process
// is restarted, because nobody knows what the disk holds. A full disk does not latch.

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace perennial::storage {

namespace detail {
struct Connection;
struct Prepared;
}  // namespace detail

/// A prepared statement. Parameters count from 1, columns from 0. Bound texts are copied. Move-only.
class Statement {
 public:
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind_blob(int parameter, std::string_view bytes);
  Statement& bind_null(int parameter);

  /// True: a row is there to be read. False: done. A failed bind is reported here.
  Result<bool> step();
  /// Steps to the end and resets; for statements whose rows do not matter.
  Status run();
  /// Ready to be bound and stepped again.
  void reset();

  std::int64_t integer(int column) const;
  double number(int column) const;
  std::string text(int column) const;
  std::string blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  explicit Statement(std::unique_ptr<detail::Prepared> prepared);
  std::unique_ptr<detail::Prepared> prepared_;
};

/// Rolls back in its destructor unless commit() succeeded. Inside another one of the same thread it is a savepoint:
/// it becomes durable with the outermost.
class Transaction {
 public:
  Transaction(Transaction&&) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  /// Durable on return (outermost only). After an error the transaction is rolled back.
  Status commit();

 private:
  friend class Database;
  Transaction(std::shared_ptr<detail::Connection> connection, int depth);
  std::shared_ptr<detail::Connection> connection_;
  std::unique_lock<std::recursive_mutex> lock_;
  int depth_ = 0;
  bool open_ = true;
};

class Database {
 public:
  enum class Mode {
    read_write,  ///< creates the file (0600) where there is none
    scratch,     ///< the same for a file that ends with this process: a commit does not wait for the disk
    read_only,   ///< looks at a stopped or a running data directory; writes fail
  };
  /// Error: not_found (read_only and no file), corrupt, io (synchronous=FULL could not be had).
  static Result<Database> open(const std::filesystem::path& file, Mode mode = Mode::read_write);

  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  ~Database();

  Result<Statement> prepare(std::string_view sql);
  /// One or more statements without parameters.
  Status execute(std::string_view sql);
  Result<Transaction> begin();
  std::unique_lock<std::recursive_mutex> lock() const;

  /// Transactions and savepoints rolled back so far: whoever caches what is in the file compares it.
  std::uint64_t rollbacks() const;
  bool read_only() const;
  /// SQLite's own check of the file. Error: corrupt with its first finding.
  Status check();
  /// Moves the write-ahead log into the file.
  Status checkpoint();

 private:
  explicit Database(std::shared_ptr<detail::Connection> connection);
  std::shared_ptr<detail::Connection> connection_;
};

}  // namespace perennial::storage
