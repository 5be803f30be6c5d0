#include "storage/database.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>

#include "storage/files.hpp"

namespace perennial::storage {
namespace detail {

struct Connection {
  sqlite3* handle = nullptr;
  std::string file;
  bool read_only = false;
  std::recursive_mutex mutex;
  int depth = 0;
  std::uint64_t rollbacks = 0;
  std::optional<Error> latched;

  ~Connection() { sqlite3_close_v2(handle); }
  Connection() = default;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Error error(int code, std::string_view doing);
  Status execute(const char* sql);
};

struct Prepared {
  std::shared_ptr<Connection> connection;
  sqlite3_stmt* handle = nullptr;
  int bind_error = SQLITE_OK;

  Prepared(std::shared_ptr<Connection> owner, sqlite3_stmt* statement)
      : connection(std::move(owner)), handle(statement) {}
  ~Prepared() { sqlite3_finalize(handle); }
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
};

Error Connection::error(int code, std::string_view doing) {
  Error error;
  error.what = fmt::format("cannot {}: {}", doing, handle ? sqlite3_errmsg(handle) : sqlite3_errstr(code));
  error.where = file;
  switch (code & 0xff) {
    case SQLITE_FULL:
      error.code = ErrorCode::disk_full;
      error.hint = "free some space on this disk or raise the quota, then try again";
      break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      error.code = ErrorCode::corrupt;
      error.hint = "the file is damaged or not a database: restore it from a backup, and look at the disk";
      break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      error.code = ErrorCode::overloaded;
      error.hint = "another process holds the database: try again, or end that process";
      break;
    case SQLITE_CONSTRAINT: error.code = ErrorCode::conflict; break;
    case SQLITE_TOOBIG: error.code = ErrorCode::too_large; break;
    case SQLITE_CANTOPEN: {
      const int cause = handle ? sqlite3_system_errno(handle) : 0;
      error.code = cause == ENOENT                      ? ErrorCode::not_found
                   : cause == ENOSPC || cause == EDQUOT ? ErrorCode::disk_full
                                                        : ErrorCode::io;
      break;
    }
    case SQLITE_IOERR: {
      const int cause = handle ? sqlite3_system_errno(handle) : 0;
      if (cause == ENOSPC || cause == EDQUOT || cause == EFBIG) {
        error.code = ErrorCode::disk_full;
        break;
      }
      error.code = ErrorCode::io;
      if (!read_only && (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC || code == SQLITE_IOERR_WRITE ||
                         code == SQLITE_IOERR_TRUNCATE)) {
        error.hint = "nothing more is written; restart, and look at the disk";
        latched = error;
      }
      break;
    }
    default: error.code = ErrorCode::io; break;
  }
  return error;
}

Status Connection::execute(const char* sql) {
  if (const int code = sqlite3_exec(handle, sql, nullptr, nullptr, nullptr); code != SQLITE_OK)
    return std::unexpected(error(sqlite3_extended_errcode(handle), fmt::format("execute '{:.60}'", sql)));
  return {};
}

}  // namespace detail

namespace {

constexpr int busy_timeout_ms = 5000;

/// SQLite would create the file with the process's umask.
Status create_private(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return std::unexpected(disk_error(errno, "open", file));
  ::close(fd);
  return {};
}

}  // namespace

Statement::Statement(std::unique_ptr<detail::Prepared> prepared) : prepared_(std::move(prepared)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

namespace {
void remember(int& first, int code) {
  if (first == SQLITE_OK) first = code;
}
}  // namespace

Statement& Statement::bind(int parameter, std::int64_t value) {
  remember(prepared_->bind_error, sqlite3_bind_int64(prepared_->handle, parameter, value));
  return *this;
}
Statement& Statement::bind(int parameter, double value) {
  remember(prepared_->bind_error, sqlite3_bind_double(prepared_->handle, parameter, value));
  return *this;
}
Statement& Statement::bind(int parameter, std::string_view text) {
  remember(prepared_->bind_error, sqlite3_bind_text64(prepared_->handle, parameter, text.data() ? text.data() : "",
                                                      text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}
Statement& Statement::bind_blob(int parameter, std::string_view bytes) {
  remember(prepared_->bind_error, sqlite3_bind_blob64(prepared_->handle, parameter, bytes.data() ? bytes.data() : "",
                                                      bytes.size(), SQLITE_TRANSIENT));
  return *this;
}
Statement& Statement::bind_null(int parameter) {
  remember(prepared_->bind_error, sqlite3_bind_null(prepared_->handle, parameter));
  return *this;
}

Result<bool> Statement::step() {
  auto& connection = *prepared_->connection;
  std::lock_guard lock(connection.mutex);
  if (prepared_->bind_error != SQLITE_OK)
    return fail(ErrorCode::internal, fmt::format("a bind failed: {}", sqlite3_errstr(prepared_->bind_error)),
                connection.file);
  if (connection.latched && !sqlite3_stmt_readonly(prepared_->handle)) return std::unexpected(*connection.latched);
  const int code = sqlite3_step(prepared_->handle);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto error = connection.error(sqlite3_extended_errcode(connection.handle), "run a statement");
  sqlite3_reset(prepared_->handle);
  return std::unexpected(std::move(error));
}

Status Statement::run() {
  std::lock_guard lock(prepared_->connection->mutex);
  while (true) {
    auto row = step();
    if (!row) return std::unexpected(std::move(row).error());
    if (!*row) break;
  }
  reset();
  return {};
}

void Statement::reset() {
  std::lock_guard lock(prepared_->connection->mutex);
  // The code repeats the error of the last step, which has been reported.
  sqlite3_reset(prepared_->handle);
  sqlite3_clear_bindings(prepared_->handle);
  prepared_->bind_error = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(prepared_->handle, column); }
double Statement::number(int column) const { return sqlite3_column_double(prepared_->handle, column); }
std::string Statement::text(int column) const {
  const auto* bytes = sqlite3_column_text(prepared_->handle, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_->handle, column));
  return bytes ? std::string(reinterpret_cast<const char*>(bytes), size) : std::string();
}
std::string Statement::blob(int column) const {
  const auto* bytes = sqlite3_column_blob(prepared_->handle, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_->handle, column));
  return bytes ? std::string(static_cast<const char*>(bytes), size) : std::string();
}
bool Statement::is_null(int column) const { return sqlite3_column_type(prepared_->handle, column) == SQLITE_NULL; }

Transaction::Transaction(std::shared_ptr<detail::Connection> connection, int depth)
    : connection_(std::move(connection)), lock_(connection_->mutex), depth_(depth) {}

Transaction::Transaction(Transaction&& other) noexcept
    : connection_(std::move(other.connection_)),
      lock_(std::move(other.lock_)),
      depth_(other.depth_),
      open_(std::exchange(other.open_, false)) {}

namespace {

/// A rollback cannot be refused: where SQLite has rolled back by itself already, it says so with an error.
void roll_back(detail::Connection& connection, int depth) {
  if (depth > 1) {
    const auto sql = fmt::format("ROLLBACK TO level{0}; RELEASE level{0}", depth);
    sqlite3_exec(connection.handle, sql.c_str(), nullptr, nullptr, nullptr);
  } else {
    sqlite3_exec(connection.handle, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  connection.depth = depth - 1;
  ++connection.rollbacks;
}

}  // namespace

Transaction::~Transaction() {
  if (open_) roll_back(*connection_, depth_);
}

Status Transaction::commit() {
  if (!open_) return fail(ErrorCode::internal, "a transaction was ended twice", connection_ ? connection_->file : "");
  open_ = false;
  // SQLite ends the whole transaction by itself on some errors, such as a full disk.
  if (sqlite3_get_autocommit(connection_->handle) != 0) {
    connection_->depth = depth_ - 1;
    ++connection_->rollbacks;
    return fail(ErrorCode::io, "the transaction had already been rolled back", connection_->file);
  }
  const auto sql = depth_ > 1 ? fmt::format("RELEASE level{}", depth_) : std::string("COMMIT");
  if (auto status = connection_->execute(sql.c_str()); !status) {
    roll_back(*connection_, depth_);
    return status;
  }
  connection_->depth = depth_ - 1;
  return {};
}

Database::Database(std::shared_ptr<detail::Connection> connection) : connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::filesystem::path& file, Mode mode) {
  auto connection = std::make_shared<detail::Connection>();
  connection->file = file.string();
  connection->read_only = mode == Mode::read_only;
  if (mode != Mode::read_only) TRY(create_private(file));
  const int flags = (mode == Mode::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) | SQLITE_OPEN_FULLMUTEX |
                    SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  // NOFOLLOW looks at every directory of the path: what lies above the file may well be a link.
  std::error_code ignored;
  auto real = std::filesystem::weakly_canonical(file.has_parent_path() ? file.parent_path() : ".", ignored);
  const std::string name = ignored ? file.string() : (real / file.filename()).string();
  if (const int code = sqlite3_open_v2(name.c_str(), &connection->handle, flags, nullptr); code != SQLITE_OK)
    return std::unexpected(connection->error(code, "open the database"));
  sqlite3_busy_timeout(connection->handle, busy_timeout_ms);
  TRY(connection->execute("PRAGMA foreign_keys=ON; PRAGMA trusted_schema=OFF; PRAGMA cell_size_check=ON"));
  Database database(connection);
  if (mode == Mode::scratch) {
    TRY(connection->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF"));
  } else if (mode == Mode::read_write) {
    TRY(connection->execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"));
    ASSIGN_OR_RETURN(auto journal_mode, database.prepare("PRAGMA journal_mode"));
    TRY(journal_mode.step());
    ASSIGN_OR_RETURN(auto synchronous, database.prepare("PRAGMA synchronous"));
    TRY(synchronous.step());
    constexpr std::int64_t full = 2;
    if (journal_mode.text(0) != "wal" || synchronous.integer(0) != full)
      return fail(ErrorCode::io,
                  fmt::format("the database does not sync its commits (journal_mode={}, synchronous={})",
                              journal_mode.text(0), synchronous.integer(0)),
                  file.string(), "put the data directory on a local file system");
  } else {
    // Opening is lazy: a file that is not a database shows itself at the first read.
    ASSIGN_OR_RETURN(auto probe, database.prepare("SELECT count(*) FROM sqlite_schema"));
    TRY(probe.step());
  }
  return database;
}

Result<Statement> Database::prepare(std::string_view sql) {
  std::lock_guard lock(connection_->mutex);
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(connection_->handle, sql.data(), static_cast<int>(sql.size()), 0, &handle, nullptr);
  if (code != SQLITE_OK) return std::unexpected(connection_->error(code, fmt::format("prepare '{:.60}'", sql)));
  if (handle == nullptr) return fail(ErrorCode::internal, "an empty statement", connection_->file);
  return Statement(std::make_unique<detail::Prepared>(connection_, handle));
}

Status Database::execute(std::string_view sql) {
  std::lock_guard lock(connection_->mutex);
  if (connection_->latched) return std::unexpected(*connection_->latched);
  return connection_->execute(std::string(sql).c_str());
}

Result<Transaction> Database::begin() {
  // The transaction's lock is taken first: another thread's transaction ends before this one begins.
  Transaction transaction(connection_, 0);
  transaction.open_ = false;
  if (connection_->latched) return std::unexpected(*connection_->latched);
  const int depth = connection_->depth + 1;
  // IMMEDIATE: a second writer is refused here, and not at the commit.
  TRY(connection_->execute(depth > 1 ? fmt::format("SAVEPOINT level{}", depth).c_str() : "BEGIN IMMEDIATE"));
  connection_->depth = depth;
  transaction.depth_ = depth;
  transaction.open_ = true;
  return transaction;
}

std::unique_lock<std::recursive_mutex> Database::lock() const { return std::unique_lock(connection_->mutex); }

std::uint64_t Database::rollbacks() const {
  std::lock_guard lock(connection_->mutex);
  return connection_->rollbacks;
}

bool Database::read_only() const { return connection_->read_only; }

Status Database::check() {
  std::lock_guard lock(connection_->mutex);
  ASSIGN_OR_RETURN(auto statement, prepare("PRAGMA integrity_check(1)"));
  TRY(statement.step());
  if (const auto finding = statement.text(0); finding != "ok")
    return fail(ErrorCode::corrupt, "the database is damaged: " + finding, connection_->file,
                "restore it from a backup");
  return {};
}

Status Database::checkpoint() {
  std::lock_guard lock(connection_->mutex);
  const int code =
      sqlite3_wal_checkpoint_v2(connection_->handle, nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(connection_->error(code, "checkpoint"));
  return {};
}

}  // namespace perennial::storage
