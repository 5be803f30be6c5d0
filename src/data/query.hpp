#pragma once
// DuckDB as a query engine and nothing else: an in-memory database that reads files and streams rows. No database file
// exists, extensions cannot be loaded, and only the files that were named may be read.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/limits.hpp"
#include "core/table.hpp"

namespace perennial::data {

struct QuerySettings {
  int threads = 1;                                     ///< 1 or 2
  std::size_t memory_mib = limits::duckdb_memory_mib;  ///< of all buffers of this engine
  std::string temp_directory;                          ///< for spilling; empty = never spill
  std::vector<std::string> readable_files;             ///< the only files that SQL may read,
  std::vector<std::string> readable_directories;       ///< and the only folders (with all that is below)
};

/// What the engine says of a result column.
enum class FieldType {
  number,     ///< any integer, float, DECIMAL or HUGEINT; delivered as double
  boolean,    ///< delivered as 0 and 1
  text,       ///< VARCHAR, ENUM, UUID and everything that is not named here, cast to VARCHAR
  date,       ///< delivered as ISO text "2026-11-21"
  timestamp,  ///< delivered as ISO text "2026-11-21T09:30:00Z"
};

struct Field {
  std::string name;
  FieldType type = FieldType::number;
  bool is_text() const { return type == FieldType::text || type == FieldType::date || type == FieldType::timestamp; }
};

/// One chunk of a result, at most 2048 rows. Texts point into the chunk: valid until the next call of next().
struct Chunk {
  struct Cells {
    std::vector<double> numbers;          ///< where the field is a number or boolean; NaN for NULL
    std::vector<std::string_view> texts;  ///< where it is text; data() == nullptr for NULL
  };
  std::size_t rows = 0;  ///< 0 at the end
  std::vector<Cells> columns;
};

/// A result that is read chunk by chunk, one chunk ahead of the caller on a thread of its own; memory does not grow
/// with the result. Not thread-safe.
class QueryStream {
 public:
  QueryStream(QueryStream&&) noexcept;
  QueryStream& operator=(QueryStream&&) noexcept;
  ~QueryStream();
  const std::vector<Field>& fields() const;
  /// Fills `chunk` in place. Errors: invalid (a value or line that cannot be read), io, internal.
  Status next(Chunk& chunk);

 private:
  friend class Query;
  struct Impl;
  explicit QueryStream(std::unique_ptr<Impl> impl);
  Status split(Chunk& chunk);
  std::unique_ptr<Impl> impl_;
};

/// One engine. Not thread-safe; one stream at a time, and nothing else while there is one: it may be reading ahead.
class Query {
 public:
  static Result<Query> open(const QuerySettings& settings);
  Query(Query&&) noexcept;
  Query& operator=(Query&&) noexcept;
  ~Query();

  /// Runs a SELECT and gives its rows as they come. The stream keeps the engine alive.
  Result<QueryStream> stream(const std::string& sql);
  /// Runs a SELECT of one text column and splits its lines at runs of blanks into `names.size()` fields, of which the
  /// `wanted` ones are delivered, as text. Error of next(): invalid where a line has another number of fields.
  Result<QueryStream> stream_split(const std::string& sql, const std::vector<std::string>& names,
                                   const std::vector<std::size_t>& wanted);
  /// The fields of a SELECT without running it.
  Result<std::vector<Field>> fields(const std::string& sql);
  /// The whole result as a Table: numbers and booleans numeric, dates and timestamps as ISO text, the rest categorical.
  /// Error: too_large over `most_rows`.
  Result<Table> table(const std::string& sql, std::size_t most_rows);
  /// The first column of the first row as text; no value where there is no row or it is NULL.
  Result<std::optional<std::string>> scalar(const std::string& sql);

 private:
  friend class QueryStream;
  struct Impl;
  explicit Query(std::shared_ptr<Impl> impl);
  std::shared_ptr<Impl> impl_;
};

/// 'it''s' - a text literal in SQL. Text with a 0 byte must not come here.
std::string quote_text(std::string_view text);
/// "a ""name""" - an identifier in SQL.
std::string quote_name(std::string_view name);

}  // namespace perennial::data
