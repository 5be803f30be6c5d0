#pragma once
// Where rows come from: files (by extension) or an SQL query.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.hpp"
#include "data/query.hpp"

namespace perennial::data {

/// Either `files` or `sql`. Files are read in the order given; a glob gives its matches in name order.
/// Extensions: .csv .tsv .txt .parquet .json .jsonl .ndjson, the text ones also with .gz.
struct SourceSpec {
  std::vector<std::string> files;        ///< paths or globs
  std::string sql;                       ///< a SELECT; may read `files` and `directories`
  std::vector<std::string> directories;  ///< folders that `sql` may read
  /// Text files only. Empty = found from the header line (one of , ; tab |). " " = split at runs of blanks, for files
  /// whose fields are aligned with blanks or that have blanks at the end of lines.
  std::string delimiter;
  std::vector<std::string> column_names;  ///< text files without a header line: their columns
  int threads = 2;                        ///< of the engine, 1 or 2; rows come in the same order with either
  std::string temp_directory;             ///< where the engine may spill; empty = nowhere

  static SourceSpec file(std::string path);
  static SourceSpec query(std::string sql, std::vector<std::string> directories);
  /// For error messages: the first file, or "sql".
  std::string place() const;
};

/// Paths as they are, globs as their matches in name order. Errors: not_found (no such file, glob without match),
/// invalid (a folder, no path at all).
Result<std::vector<std::string>> expand_files(const std::vector<std::string>& patterns);

/// A source that was found to be there and readable as what it says it is.
/// Text formats deliver every field as text (number parsing is the reader's: see cell.hpp); Parquet, JSON and SQL
/// deliver typed fields. A header's first name and its last ones may be empty (an index that was written along,
/// separators at the end of lines): such a column is named column_<number>, as all are where the first line has nothing
/// but numbers and is a row. Where a file is not split at commas and its first rows have numbers with a decimal comma
/// and none with a point, "1,5" is delivered as "1.5". Text files are UTF-8, UTF-16 or Latin-1: see encoding.hpp.
class Source {
 public:
  /// Errors, one sentence each: not_found (no such file, glob without match), invalid (unknown extension, 0 bytes, no
  /// column names, duplicate column names, files with different columns, not readable as its format), too_large.
  static Result<Source> open(SourceSpec spec);

  const SourceSpec& spec() const { return spec_; }
  const std::vector<std::string>& files() const { return files_; }  ///< globs expanded
  const std::vector<Field>& fields() const { return fields_; }
  /// -1 where there is none of that name.
  int field_index(std::string_view name) const;
  /// Error not_found for an unknown column, with the nearest and the known names.
  Status check_columns(const std::vector<std::string>& names) const;
  /// Rows in file order with the named columns only, in that order; without names one column of zeros. Each call reads
  /// the files anew with an engine of its own. Error: see check_columns().
  Result<QueryStream> rows(const std::vector<std::string>& names) const;

 private:
  Result<Query> engine() const;
  Status open_text(Query& engine, int format_number);
  Result<bool> has_decimal_commas(Query& engine) const;
  SourceSpec spec_;
  std::vector<std::string> files_;
  std::vector<Field> fields_;
  std::string from_;  ///< the FROM clause
  bool is_text_ = false;
  bool decimal_comma_ = false;
  bool single_text_ = false;  ///< rows arrive as one text line that is split at blanks
};

}  // namespace perennial::data
