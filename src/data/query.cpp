#include "data/query.hpp"

#include <duckdb.h>

#include <chrono>
#include <cmath>
#include <filesystem>
#include <future>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/beside.hpp"

namespace perennial::data {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// DuckDB explains itself over many lines; the first paragraph without advice on its own options is what users need.
Error to_error(const char* message, duckdb_error_type type = DUCKDB_ERROR_INVALID) {
  std::string text = message == nullptr ? "unknown failure of the query engine" : message;
  if (const auto at = text.find("\nPossible "); at != std::string::npos) text.resize(at);
  if (const auto at = text.find("\n\n"); at != std::string::npos) text.resize(at);
  if (const auto at = text.find("Error: "); at != std::string::npos && at < 40) text.erase(0, at + 7);
  std::string line;
  for (const char c : text.substr(0, 400)) {
    if (c != '\n' && c != '\r') line += c;
    else if (!line.ends_with("; ")) line += "; ";
  }
  while (line.ends_with("; ") || line.ends_with(" ") || line.ends_with(".")) line.pop_back();
  const auto code = type == DUCKDB_ERROR_OUT_OF_MEMORY                            ? ErrorCode::too_large
                    : type == DUCKDB_ERROR_INTERNAL || type == DUCKDB_ERROR_FATAL ? ErrorCode::internal
                                                                                  : ErrorCode::invalid;
  return Error{code, line, {}, {}};
}

FieldType field_type(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return FieldType::boolean;
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT:
    case DUCKDB_TYPE_UINTEGER:
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT:
    case DUCKDB_TYPE_UHUGEINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_DECIMAL: return FieldType::number;
    case DUCKDB_TYPE_DATE: return FieldType::date;
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_S:
    case DUCKDB_TYPE_TIMESTAMP_MS:
    case DUCKDB_TYPE_TIMESTAMP_NS:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return FieldType::timestamp;
    default: return FieldType::text;
  }
}

/// So that results hold nothing but DOUBLE and VARCHAR vectors.
std::string cast_to_plain(const std::string& name, FieldType type, duckdb_type engine_type) {
  switch (type) {
    case FieldType::number: return engine_type == DUCKDB_TYPE_DOUBLE ? name : fmt::format("CAST({} AS DOUBLE)", name);
    case FieldType::boolean: return fmt::format("CAST({} AS DOUBLE)", name);
    case FieldType::text: return engine_type == DUCKDB_TYPE_VARCHAR ? name : fmt::format("CAST({} AS VARCHAR)", name);
    case FieldType::date: return fmt::format("CAST({} AS VARCHAR)", name);
    case FieldType::timestamp:
      // epoch_us is the instant in UTC for both kinds of timestamps, whatever the machine's time zone is.
      return fmt::format("replace(CAST(make_timestamp(epoch_us({})) AS VARCHAR), ' ', 'T') || 'Z'", name);
  }
  return name;
}

struct Prepared {
  duckdb_prepared_statement statement = nullptr;
  Prepared() = default;
  Prepared(const Prepared&) = delete;
  Prepared& operator=(const Prepared&) = delete;
  ~Prepared() { duckdb_destroy_prepare(&statement); }
};

}  // namespace

struct Query::Impl {
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (connection != nullptr) duckdb_disconnect(&connection);
    if (database != nullptr) duckdb_close(&database);
  }

  Status run(const std::string& sql) {
    duckdb_result result;
    const auto state = duckdb_query(connection, sql.c_str(), &result);
    Status status;
    if (state != DuckDBSuccess) status = std::unexpected(to_error(duckdb_result_error(&result)));
    duckdb_destroy_result(&result);
    return status;
  }

  Status prepare(const std::string& sql, Prepared& prepared) {
    if (duckdb_prepare(connection, sql.c_str(), &prepared.statement) != DuckDBSuccess)
      return std::unexpected(to_error(duckdb_prepare_error(prepared.statement)));
    if (duckdb_prepared_statement_type(prepared.statement) != DUCKDB_STATEMENT_TYPE_SELECT)
      return fail(ErrorCode::invalid, "only a single SELECT can be run");
    return {};
  }

  struct Plan {
    std::vector<Field> fields;
    std::string sql;
  };
  Result<Plan> plan(const std::string& sql) {
    Prepared prepared;
    TRY(prepare(sql, prepared));
    Plan plan;
    std::vector<std::string> casts;
    std::set<std::string> names;
    bool plain = true;
    const auto count = duckdb_prepared_statement_column_count(prepared.statement);
    for (idx_t i = 0; i < count; ++i) {
      const char* raw = duckdb_prepared_statement_column_name(prepared.statement, i);
      const std::string name = raw == nullptr ? std::string() : std::string(raw);
      duckdb_free(const_cast<char*>(raw));
      const auto type = duckdb_prepared_statement_column_type(prepared.statement, i);
      if (!names.insert(name).second)
        return fail(ErrorCode::invalid, fmt::format("the query gives the column '{}' twice", name));
      plan.fields.push_back({name, field_type(type)});
      const auto quoted = quote_name(name);
      casts.push_back(cast_to_plain(quoted, plan.fields.back().type, type));
      plain = plain && casts.back() == quoted;
      casts.back() += " AS " + quoted;
    }
    plan.sql = plain ? sql : fmt::format("SELECT {} FROM ({})", fmt::join(casts, ", "), sql);
    return plan;
  }
};

struct QueryStream::Impl {
  std::shared_ptr<Query::Impl> engine;
  std::vector<Field> fields;
  duckdb_result result{};
  bool has_result = false;
  duckdb_data_chunk chunk = nullptr;
  std::future<duckdb_data_chunk> ahead;  ///< the next one, on its way while the caller is busy with this one
  bool ended = false;
  std::uint64_t rows = 0;
  std::size_t split_fields = 0;  ///< 0 = not split
  std::vector<std::size_t> split_wanted;
  std::vector<std::string_view> parts;

  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    if (ahead.valid() && ahead.wait_for(std::chrono::seconds(0)) != std::future_status::deferred) {
      duckdb_data_chunk unread = ahead.get();
      if (unread != nullptr) duckdb_destroy_data_chunk(&unread);
    }
    if (chunk != nullptr) duckdb_destroy_data_chunk(&chunk);
    if (has_result) duckdb_destroy_result(&result);
  }

  Status start(const std::string& sql) {
    Prepared prepared;
    TRY(engine->prepare(sql, prepared));
    duckdb_pending_result pending = nullptr;
    if (duckdb_pending_prepared_streaming(prepared.statement, &pending) != DuckDBSuccess) {
      auto error = to_error(duckdb_pending_error(pending));
      duckdb_destroy_pending(&pending);
      return std::unexpected(std::move(error));
    }
    const auto state = duckdb_execute_pending(pending, &result);
    has_result = true;
    duckdb_destroy_pending(&pending);
    if (state != DuckDBSuccess)
      return std::unexpected(to_error(duckdb_result_error(&result), duckdb_result_error_type(&result)));
    return {};
  }
};

QueryStream::QueryStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
QueryStream::QueryStream(QueryStream&&) noexcept = default;
QueryStream& QueryStream::operator=(QueryStream&&) noexcept = default;
QueryStream::~QueryStream() = default;
const std::vector<Field>& QueryStream::fields() const { return impl_->fields; }

Status QueryStream::next(Chunk& out) {
  out.rows = 0;
  if (impl_->chunk != nullptr) duckdb_destroy_data_chunk(&impl_->chunk);
  impl_->chunk = nullptr;
  if (impl_->ended) return {};
  impl_->chunk = impl_->ahead.valid() ? impl_->ahead.get() : duckdb_fetch_chunk(impl_->result);
  if (impl_->chunk == nullptr) {
    impl_->ended = true;
    const char* message = duckdb_result_error(&impl_->result);
    if (message != nullptr && *message != '\0')
      return std::unexpected(to_error(message, duckdb_result_error_type(&impl_->result)));
    return {};
  }
  const auto rows = static_cast<std::size_t>(duckdb_data_chunk_get_size(impl_->chunk));
  if (rows == 0) {
    impl_->ended = true;
    return {};
  }
  // A chunk that is not full comes from a short result or a filter: not worth a thread.
  if (rows == duckdb_vector_size())
    impl_->ahead = beside([result = impl_->result] { return duckdb_fetch_chunk(result); });
  out.rows = rows;
  if (impl_->split_fields > 0) return split(out);

  out.columns.resize(impl_->fields.size());
  for (std::size_t c = 0; c < impl_->fields.size(); ++c) {
    auto& cells = out.columns[c];
    duckdb_vector vector = duckdb_data_chunk_get_vector(impl_->chunk, c);
    const std::uint64_t* validity = duckdb_vector_get_validity(vector);
    const auto is_valid = [validity](std::size_t row) {
      return validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0;
    };
    if (impl_->fields[c].is_text()) {
      cells.numbers.clear();
      cells.texts.resize(rows);
      auto* texts = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
      for (std::size_t row = 0; row < rows; ++row)
        cells.texts[row] = is_valid(row)
                               ? std::string_view(duckdb_string_t_data(&texts[row]), duckdb_string_t_length(texts[row]))
                               : std::string_view();
    } else {
      cells.texts.clear();
      cells.numbers.resize(rows);
      const auto* numbers = static_cast<const double*>(duckdb_vector_get_data(vector));
      for (std::size_t row = 0; row < rows; ++row) cells.numbers[row] = is_valid(row) ? numbers[row] : nan;
    }
  }
  impl_->rows += rows;
  return {};
}

Status QueryStream::split(Chunk& out) {
  duckdb_vector vector = duckdb_data_chunk_get_vector(impl_->chunk, 0);
  const std::uint64_t* validity = duckdb_vector_get_validity(vector);
  auto* lines = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  out.columns.resize(impl_->split_wanted.size());
  for (auto& cells : out.columns) {
    cells.numbers.clear();
    cells.texts.clear();
  }
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  std::size_t kept = 0;
  for (std::size_t row = 0; row < out.rows; ++row, ++impl_->rows) {
    impl_->parts.clear();
    if (validity == nullptr || ((validity[row / 64] >> (row % 64)) & 1) != 0) {
      const std::string_view line(duckdb_string_t_data(&lines[row]), duckdb_string_t_length(lines[row]));
      for (std::size_t i = 0; i < line.size();) {
        while (i < line.size() && is_blank(line[i])) ++i;
        const std::size_t from = i;
        while (i < line.size() && !is_blank(line[i])) ++i;
        if (i > from) impl_->parts.push_back(line.substr(from, i - from));
      }
    }
    if (impl_->parts.empty()) continue;  // blank lines, such as the last one
    if (impl_->parts.size() != impl_->split_fields)
      return fail(ErrorCode::invalid, fmt::format("row {} has {} fields where {} are expected", impl_->rows,
                                                  impl_->parts.size(), impl_->split_fields));
    for (std::size_t c = 0; c < impl_->split_wanted.size(); ++c)
      out.columns[c].texts.push_back(impl_->parts[impl_->split_wanted[c]]);
    ++kept;
  }
  out.rows = kept;
  return kept > 0 ? Status{} : next(out);
}

Query::Query(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
Query::Query(Query&&) noexcept = default;
Query& Query::operator=(Query&&) noexcept = default;
Query::~Query() = default;

Result<Query> Query::open(const QuerySettings& settings) {
  auto impl = std::make_shared<Impl>();
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) != DuckDBSuccess)
    return fail(ErrorCode::internal, "the query engine has no configuration");
  const std::vector<std::pair<const char*, std::string>> options = {
      {"threads", std::to_string(settings.threads < 2 ? 1 : 2)},
      {"memory_limit", fmt::format("{}MiB", settings.memory_mib)},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"preserve_insertion_order", "true"},
      {"temp_directory", settings.temp_directory},
  };
  for (const auto& [name, value] : options) {
    if (duckdb_set_config(config, name, value.c_str()) == DuckDBSuccess) continue;
    duckdb_destroy_config(&config);
    return fail(ErrorCode::internal, fmt::format("the query engine does not know its option {}", name));
  }
  char* message = nullptr;
  const auto state = duckdb_open_ext(":memory:", &impl->database, config, &message);
  duckdb_destroy_config(&config);
  if (state != DuckDBSuccess) {
    auto error = to_error(message);
    duckdb_free(message);
    return std::unexpected(std::move(error));
  }
  if (duckdb_connect(impl->database, &impl->connection) != DuckDBSuccess)
    return fail(ErrorCode::internal, "the query engine gives no connection");

  const auto literals = [](const std::vector<std::string>& paths, bool folders) {
    std::vector<std::string> quoted;
    for (const auto& path : paths) {
      std::error_code ignored;
      auto absolute = std::filesystem::absolute(path, ignored).lexically_normal().string();
      if (folders && !absolute.ends_with('/')) absolute += '/';
      quoted.push_back(quote_text(absolute));
    }
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  };
  if (!settings.readable_files.empty())
    TRY(impl->run("SET allowed_paths = " + literals(settings.readable_files, false)));
  if (!settings.readable_directories.empty())
    TRY(impl->run("SET allowed_directories = " + literals(settings.readable_directories, true)));
  TRY(impl->run("SET enable_external_access = false"));
  TRY(impl->run("SET lock_configuration = true"));
  return Query(std::move(impl));
}

Result<std::vector<Field>> Query::fields(const std::string& sql) {
  ASSIGN_OR_RETURN(auto plan, impl_->plan(sql));
  return std::move(plan.fields);
}

Result<QueryStream> Query::stream(const std::string& sql) {
  ASSIGN_OR_RETURN(auto plan, impl_->plan(sql));
  auto stream = std::make_unique<QueryStream::Impl>();
  stream->engine = impl_;
  stream->fields = std::move(plan.fields);
  TRY(stream->start(plan.sql));
  return QueryStream(std::move(stream));
}

Result<QueryStream> Query::stream_split(const std::string& sql, const std::vector<std::string>& names,
                                        const std::vector<std::size_t>& wanted) {
  auto stream = std::make_unique<QueryStream::Impl>();
  stream->engine = impl_;
  for (const auto index : wanted) stream->fields.push_back({names[index], FieldType::text});
  stream->split_fields = names.size();
  stream->split_wanted = wanted;
  TRY(stream->start(sql));
  return QueryStream(std::move(stream));
}

Result<Table> Query::table(const std::string& sql, std::size_t most_rows) {
  ASSIGN_OR_RETURN(auto rows, stream(sql));
  Table table;
  for (const auto& field : rows.fields())
    table.columns.push_back({field.name,
                             field.is_text() ? ColumnKind::categorical : ColumnKind::numeric,
                             {},
                             {},
                             field.is_text() ? std::make_shared<Dictionary>() : nullptr});
  Chunk chunk;
  for (;;) {
    TRY(rows.next(chunk));
    if (chunk.rows == 0) return table;
    if (table.rows + chunk.rows > most_rows)
      return fail(ErrorCode::too_large, fmt::format("the query gives more than {} rows", most_rows));
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      auto& column = table.columns[c];
      const auto& cells = chunk.columns[c];
      column.numbers.insert(column.numbers.end(), cells.numbers.begin(), cells.numbers.end());
      for (const auto text : cells.texts)
        column.codes.push_back(text.data() == nullptr ? -1 : column.dictionary->code_of(text));
    }
    table.rows += chunk.rows;
  }
}

Result<std::optional<std::string>> Query::scalar(const std::string& sql) {
  ASSIGN_OR_RETURN(auto rows, stream(sql));
  Chunk chunk;
  TRY(rows.next(chunk));
  if (chunk.rows == 0 || chunk.columns.empty()) return std::nullopt;
  const auto& cells = chunk.columns[0];
  if (cells.texts.empty())
    return std::isnan(cells.numbers[0]) ? std::nullopt : std::optional(fmt::format("{}", cells.numbers[0]));
  return cells.texts[0].data() == nullptr ? std::nullopt : std::optional(std::string(cells.texts[0]));
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string quote_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace perennial::data
