#include "data/source.hpp"

#include <glob.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/catalog.hpp"
#include "data/cell.hpp"
#include "data/encoding.hpp"

namespace perennial::data {
namespace {

constexpr std::size_t rows_looked_at = 1000;  ///< for the decimal sign

namespace fs = std::filesystem;

enum class Format { text, tab_text, blank_text, parquet, json, json_lines };

Result<Format> format_of(const std::string& path) {
  std::string name = fs::path(path).filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  const bool compressed = name.ends_with(".gz");
  if (compressed) name.resize(name.size() - 3);
  if (name.ends_with(".csv")) return Format::text;
  if (name.ends_with(".tsv")) return Format::tab_text;
  if (name.ends_with(".txt")) return Format::blank_text;
  if (name.ends_with(".parquet") && !compressed) return Format::parquet;
  if (name.ends_with(".json")) return Format::json;
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return Format::json_lines;
  return fail(ErrorCode::invalid, "the extension is not known", path,
              "known: .csv, .tsv, .txt, .json, .jsonl, .ndjson (each also with .gz), .parquet");
}

bool is_text_format(Format format) {
  return format == Format::text || format == Format::tab_text || format == Format::blank_text;
}

std::string absolute(const std::string& path) {
  std::error_code ignored;
  return fs::absolute(path, ignored).lexically_normal().string();
}

/// A path is data: glob signs in it must not be expanded again by the engine.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : absolute(path)) {
    if (c == '*' || c == '?' || c == '[') text += fmt::format("[{}]", c);
    else text += c;
  }
  return text;
}

std::string literal(const std::string& path) { return quote_text(escaped(path)); }

std::string list_of(const std::vector<std::string>& files) {
  std::vector<std::string> quoted;
  for (const auto& file : files) quoted.push_back(literal(file));
  return fmt::format("[{}]", fmt::join(quoted, ", "));
}

char likeliest_delimiter(std::string_view header, Format format) {
  if (format == Format::tab_text) return '\t';
  constexpr std::array<char, 4> candidates = {',', ';', '\t', '|'};
  std::array<std::size_t, 4> counts{};
  bool quoted = false;
  for (const char c : header) {
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    for (std::size_t i = 0; i < candidates.size(); ++i) counts[i] += c == candidates[i] ? 1 : 0;
  }
  const auto most = std::max_element(counts.begin(), counts.end());
  if (*most == 0) return format == Format::blank_text && header.find(' ') != std::string_view::npos ? ' ' : ',';
  return candidates[static_cast<std::size_t>(most - counts.begin())];
}

std::vector<std::string> split_header(std::string_view line, char delimiter) {
  std::vector<std::string> names;
  if (delimiter == ' ') {
    for (std::size_t i = 0; i < line.size();) {
      while (i < line.size() && (line[i] == ' ' || line[i] == '\t')) ++i;
      const std::size_t from = i;
      while (i < line.size() && line[i] != ' ' && line[i] != '\t') ++i;
      if (i > from) names.emplace_back(line.substr(from, i - from));
    }
    return names;
  }
  std::string name;
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quoted && c == '"' && i + 1 < line.size() && line[i + 1] == '"') name += line[++i];
    else if (c == '"') quoted = !quoted;
    else if (c == delimiter && !quoted) names.push_back(std::exchange(name, {}));
    else name += c;
  }
  names.push_back(name);
  for (auto& n : names) {
    const auto from = n.find_first_not_of(" \t\r");
    n = from == std::string::npos ? std::string() : n.substr(from, n.find_last_not_of(" \t\r") - from + 1);
  }
  return names;
}

/// Names for columns that may do without one: see Source.
void name_the_nameless(std::vector<std::string>& names) {
  const auto fill = [&](std::size_t i) {
    std::string name = fmt::format("column_{}", i + 1);
    while (std::find(names.begin(), names.end(), name) != names.end()) name += '_';
    names[i] = std::move(name);
  };
  if (names.size() < 2) return;
  std::size_t named = names.size();
  while (named > 1 && names[named - 1].empty()) --named;
  if (named == 1 && names[0].empty()) return;
  if (names[0].empty()) fill(0);
  for (std::size_t i = named; i < names.size(); ++i) fill(i);
}

/// A first line of nothing but numbers is a row: names are words.
bool is_row(const std::vector<std::string>& cells) {
  return cells.size() > 1 &&
         std::ranges::all_of(cells, [](const auto& cell) { return read_cell(cell).kind == CellKind::number; });
}

Status check_names(const std::vector<std::string>& names, const std::string& place) {
  if (names.size() > limits::columns)
    return fail(ErrorCode::too_large, fmt::format("there are {} columns", names.size()), place,
                fmt::format("at most {} are read", limits::columns));
  std::set<std::string> seen;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i].empty()) return fail(ErrorCode::invalid, fmt::format("column {} has no name", i + 1), place);
    if (!seen.insert(names[i]).second)
      return fail(ErrorCode::invalid, fmt::format("the column '{}' occurs twice in the header", names[i]), place,
                  "the first line is taken for the header where it has words; a file without one needs one");
  }
  return {};
}

Error at_place(Error error, const std::string& place) {
  error.where = place;
  return error;
}

/// A regular expression for the whole cell.
std::string number_with(std::string_view point) {
  return fmt::format("[ ]*[-+]?[0-9]+{}[0-9]+([eE][-+]?[0-9]+)?[ ]*", point);
}

std::string text_reader(const std::string& files, std::size_t columns, const std::string& delimiter, bool header,
                        const std::string& encoding) {
  std::string types;
  for (std::size_t i = 0; i < columns; ++i) types += fmt::format("{}'c{}':'VARCHAR'", i == 0 ? "" : ",", i);
  const bool lines = delimiter.empty();
  return fmt::format(
      "read_csv({}, auto_detect=false, encoding='{}', header={}, delim={}, quote={}, escape={}, columns={{{}}})", files,
      encoding, header, quote_text(delimiter), lines ? "''" : "'\"'", lines ? "''" : "'\"'", types);
}

}  // namespace

Result<std::vector<std::string>> expand_files(const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  for (const auto& pattern : patterns) {
    if (pattern.empty() || pattern.find('\0') != std::string::npos)
      return fail(ErrorCode::invalid, "a data file has an empty name or one with a zero byte");
    std::error_code error;
    if (fs::is_directory(pattern, error))
      return fail(ErrorCode::invalid, "is a folder, not a file", pattern, "write a glob such as folder/*.csv");
    if (fs::exists(pattern, error)) {
      files.push_back(pattern);
      continue;
    }
    if (pattern.find_first_of("*?[") == std::string::npos)
      return fail(ErrorCode::not_found, "there is no such file", pattern);
    glob_t found{};
    const int state = ::glob(pattern.c_str(), 0, nullptr, &found);
    if (state == 0)
      for (std::size_t i = 0; i < found.gl_pathc; ++i) files.emplace_back(found.gl_pathv[i]);
    ::globfree(&found);
    if (state != 0) return fail(ErrorCode::not_found, "no file matches", pattern);
  }
  return files;
}

SourceSpec SourceSpec::file(std::string path) {
  SourceSpec spec;
  spec.files.push_back(std::move(path));
  return spec;
}

SourceSpec SourceSpec::query(std::string sql, std::vector<std::string> directories) {
  SourceSpec spec;
  spec.sql = std::move(sql);
  spec.directories = std::move(directories);
  return spec;
}

std::string SourceSpec::place() const { return sql.empty() && !files.empty() ? files.front() : "sql"; }

Result<Source> Source::open(SourceSpec spec) {
  Source source;
  source.spec_ = std::move(spec);
  const auto& wanted = source.spec_;
  const std::string place = wanted.place();
  if (wanted.sql.empty() && wanted.files.empty()) return fail(ErrorCode::invalid, "no data file is given");
  ASSIGN_OR_RETURN(source.files_, expand_files(wanted.files));
  for (const auto& file : source.files_) {
    std::error_code error;
    const auto bytes = fs::file_size(file, error);
    if (error) return fail(ErrorCode::io, "cannot be read: " + error.message(), file);
    if (bytes == 0) return fail(ErrorCode::invalid, "the file is empty (0 bytes)", file);
  }
  ASSIGN_OR_RETURN(auto engine, source.engine());
  if (!wanted.sql.empty()) {
    source.from_ = fmt::format("({})", wanted.sql);
  } else {
    ASSIGN_OR_RETURN(const auto format, format_of(source.files_.front()));
    for (const auto& file : source.files_) {
      ASSIGN_OR_RETURN(const auto other, format_of(file));
      if (is_text_format(other) != is_text_format(format) || (!is_text_format(format) && other != format))
        return fail(ErrorCode::invalid, "is of another format than the first file", file,
                    "first file: " + source.files_.front());
    }
    if (is_text_format(format)) {
      TRY(source.open_text(engine, static_cast<int>(format)));
      return source;
    }
    const auto files = list_of(source.files_);
    if (format == Format::parquet) source.from_ = fmt::format("read_parquet({})", files);
    else
      source.from_ = fmt::format("read_json({}, format='{}', sample_size=-1)", files,
                                 format == Format::json ? "auto" : "newline_delimited");
  }
  auto fields = engine.fields("SELECT * FROM " + source.from_);
  if (!fields) return std::unexpected(at_place(fields.error(), place));
  source.fields_ = std::move(*fields);
  std::vector<std::string> names;
  for (const auto& field : source.fields_) names.push_back(field.name);
  TRY(check_names(names, place));
  return source;
}

Result<Query> Source::engine() const {
  QuerySettings settings;
  settings.threads = spec_.threads;
  settings.temp_directory = spec_.temp_directory;
  settings.readable_files = files_;
  // The engine asks for leave to read the pattern first and each file that it found then.
  for (const auto& file : files_)
    if (escaped(file) != absolute(file)) settings.readable_files.push_back(escaped(file));
  settings.readable_directories = spec_.directories;
  return Query::open(settings);
}

Status Source::open_text(Query& engine, int format_number) {
  const auto format = static_cast<Format>(format_number);
  std::string delimiter = spec_.delimiter;
  std::vector<std::string> names = spec_.column_names;
  bool has_header = names.empty();
  std::string encoding;
  for (const auto& file : files_) {
    ASSIGN_OR_RETURN(std::string found, encoding_of(file));
    if (encoding.empty()) encoding = std::move(found);
    else if (found != encoding)
      return fail(ErrorCode::invalid, fmt::format("is {}, the first file is {}", found, encoding), file,
                  "write all of them as UTF-8");
  }
  if (names.empty()) {
    for (const auto& file : files_) {
      auto line = engine.scalar("SELECT c0 FROM " + text_reader("[" + literal(file) + "]", 1, "", false, encoding) +
                                " LIMIT 1");
      // A line has one field here; the engine finds more only at zero bytes.
      if (!line && line.error().what.find("Found: ") != std::string::npos)
        return fail(ErrorCode::invalid, "is not a text file", file);
      if (!line) return std::unexpected(at_place(line.error(), file));
      if (!*line) return fail(ErrorCode::invalid, "the file has no header line", file);
      const std::string& header = **line;
      if (header.find('\0') != std::string::npos || (!header.empty() && static_cast<unsigned char>(header[0]) < 9))
        return fail(ErrorCode::invalid, "is not a text file", file);
      if (delimiter.empty()) delimiter = std::string(1, likeliest_delimiter(header, format));
      auto found = split_header(header, delimiter.front());
      if (is_row(found)) {
        has_header = false;
        for (std::size_t i = 0; i < found.size(); ++i) found[i] = fmt::format("column_{}", i + 1);
      }
      name_the_nameless(found);
      TRY(check_names(found, file));
      if (names.empty()) names = std::move(found);
      else if (names != found)
        return fail(ErrorCode::invalid, "has other columns than the first file", file, "first file: " + files_.front());
    }
  } else {
    TRY(check_names(names, files_.front()));
    if (delimiter.empty()) delimiter = format == Format::tab_text ? "\t" : ",";
  }
  if (delimiter.size() != 1)
    return fail(ErrorCode::invalid, fmt::format("the delimiter '{}' is not one character", delimiter), files_.front());
  for (const auto& name : names) fields_.push_back({name, FieldType::text});
  single_text_ = delimiter == " ";
  from_ = text_reader(list_of(files_), single_text_ ? 1 : names.size(), single_text_ ? "" : delimiter, has_header,
                      encoding);
  is_text_ = true;
  if (delimiter == "," || single_text_) return {};
  ASSIGN_OR_RETURN(decimal_comma_, has_decimal_commas(engine));
  return {};
}

Result<bool> Source::has_decimal_commas(Query& engine) const {
  std::vector<std::string> commas;
  std::vector<std::string> points;
  for (std::size_t i = 0; i < fields_.size(); ++i) {
    commas.push_back(fmt::format("coalesce(regexp_full_match(c{}, {}), false)", i, quote_text(number_with(","))));
    points.push_back(fmt::format("coalesce(regexp_full_match(c{}, {}), false)", i, quote_text(number_with("[.]"))));
  }
  const auto answer = engine.scalar(
      fmt::format("SELECT CAST(bool_or({}) AND NOT bool_or({}) AS VARCHAR) FROM (SELECT * FROM {} LIMIT {})",
                  fmt::join(commas, " OR "), fmt::join(points, " OR "), from_, rows_looked_at));
  // A file that cannot be read says so where its rows are wanted.
  return answer && *answer && **answer == "true";
}

int Source::field_index(std::string_view name) const {
  for (std::size_t i = 0; i < fields_.size(); ++i)
    if (fields_[i].name == name) return static_cast<int>(i);
  return -1;
}

Status Source::check_columns(const std::vector<std::string>& names) const {
  std::vector<std::string> known;
  for (const auto& field : fields_) known.push_back(field.name);
  for (const auto& name : names)
    if (field_index(name) < 0) return unknown_name("column", name, known, spec_.place(), ErrorCode::not_found);
  return {};
}

Result<QueryStream> Source::rows(const std::vector<std::string>& names) const {
  TRY(check_columns(names));
  ASSIGN_OR_RETURN(auto query, engine());
  auto stream = [&]() -> Result<QueryStream> {
    if (single_text_) {
      std::vector<std::string> all;
      std::vector<std::size_t> wanted;
      for (const auto& field : fields_) all.push_back(field.name);
      for (const auto& name : names) wanted.push_back(static_cast<std::size_t>(field_index(name)));
      return query.stream_split("SELECT c0 FROM " + from_, all, wanted);
    }
    std::vector<std::string> parts;
    for (const auto& name : names) {
      const std::string cell = fmt::format("c{}", field_index(name));
      if (!is_text_) parts.push_back(quote_name(name));
      else if (!decimal_comma_) parts.push_back(fmt::format("{} AS {}", cell, quote_name(name)));
      else
        parts.push_back(
            fmt::format("CASE WHEN regexp_full_match({0}, {1}) THEN replace({0}, ',', '.') ELSE {0} END AS {2}", cell,
                        quote_text(number_with(",")), quote_name(name)));
    }
    if (parts.empty()) parts.push_back("0 AS \"none\"");
    return query.stream(fmt::format("SELECT {} FROM {}", fmt::join(parts, ", "), from_));
  }();
  if (!stream) return std::unexpected(at_place(stream.error(), spec_.place()));
  return stream;
}

}  // namespace perennial::data
