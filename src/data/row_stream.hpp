#pragma once
// A file as a stream of rows in time order, for replay, training and scoring.

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/signature.hpp"
#include "core/table.hpp"
#include "data/source.hpp"
#include "data/time_axis.hpp"

namespace perennial::data {

/// A file whose times decrease is sorted in memory; it may have this many cells (rows × columns), 512 MiB.
inline constexpr std::size_t sortable_cells = 64u << 20;

struct StreamTarget {
  std::string name;
  Task task = Task::regression;  ///< classification: delivered as text whatever the file has ("0", "1", "UP")
  /// Where given, the code of a delivered cell is the class index; other values are delivered as missing and counted in
  /// unparsable(). Where empty, every text is a class, in order of appearance.
  std::vector<std::string> classes;
};

struct StreamSpec {
  SourceSpec source;
  std::vector<InputColumn> columns;   ///< delivered first, in this order, with these kinds
  std::vector<StreamTarget> targets;  ///< delivered after them
  std::optional<TimeAxis> time;       ///< without: time = clock_start + row × clock_interval
  TimePoint clock_start = row_clock_start();
  Duration clock_interval = row_clock_interval;
  std::optional<std::string> entity;  ///< column of the entity key; Table::entities stays empty without
  /// Rows of the source where somebody has just counted them (infer_schema); 0 = they are counted. Without a time axis
  /// this spares reading the file once more.
  std::uint64_t known_rows = 0;
};

/// Not thread-safe. Numeric columns: text that is no number is delivered as NaN and counted in unparsable();
/// dates and instants of typed files are seconds since 1970. Categorical columns: the text as it is, empty = missing.
class RowStream {
 public:
  /// Reads the time columns of the whole file once (counts rows, checks order), so that total_rows() and
  /// order_report() are known before the first row. Errors: those of Source::open(); not_found (column), invalid (no
  /// rows, a time that cannot be read, naming its row and value), too_large (unsorted and over sortable_cells).
  static Result<RowStream> open(StreamSpec spec);
  RowStream(RowStream&&) noexcept;
  RowStream& operator=(RowStream&&) noexcept;
  ~RowStream();

  /// The next rows in time order (rows of one time in file order), at most `most_rows` and, short of the end, exactly
  /// as many; 0 rows at the end. `times` is always filled, `entities` where there is an entity column. Dictionaries are
  /// shared by all tables of the stream.
  Result<Table> next(std::size_t most_rows);
  /// 0-based rows of the file(s) of the last table.
  const std::vector<std::uint64_t>& original_rows() const;
  /// A table without rows that has the stream's columns.
  Table empty_table() const;

  std::uint64_t total_rows() const;
  std::uint64_t delivered_rows() const;
  const OrderReport& order_report() const;
  /// So far, per column; only columns with a count.
  const std::map<std::string, std::uint64_t>& unparsable() const;
  /// Passes over rows (a resumed replay). Rows beyond the end are ignored.
  Status skip(std::uint64_t rows);

 private:
  struct Impl;
  explicit RowStream(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// All rows of a stream in one table. Error: too_large over `most_rows`.
Result<Table> read_all(RowStream& stream, std::uint64_t most_rows);

}  // namespace perennial::data
