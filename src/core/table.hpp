#pragma once
// Rows in columns: what data/ reads, features/ transforms, drift/ looks at and training/ is given.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/result.hpp"
#include "core/time.hpp"

namespace perennial {

enum class ColumnKind {
  numeric,      ///< double; NaN = missing
  categorical,  ///< text value as a code into a Dictionary; -1 = missing
};

std::string_view to_string(ColumnKind kind);

/// The distinct values of a categorical column, in order of first appearance; codes never change once given.
/// Bounded by limits::categories: further values all get the code of "\x01other". Not thread-safe.
class Dictionary {
 public:
  std::int32_t code_of(std::string_view value);     ///< adds the value where it is new
  std::int32_t find(std::string_view value) const;  ///< -1 where it is not known
  const std::string& value(std::int32_t code) const { return values_[static_cast<std::size_t>(code)]; }
  std::size_t size() const { return values_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::vector<std::string> values_;
  std::unordered_map<std::string, std::int32_t, Hash, std::equal_to<>> codes_;
};

struct Column {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  std::vector<double> numbers;             ///< one per row where numeric
  std::vector<std::int32_t> codes;         ///< one per row where categorical
  std::shared_ptr<Dictionary> dictionary;  ///< set where categorical; shared by the chunks of one stream

  std::size_t size() const { return kind == ColumnKind::numeric ? numbers.size() : codes.size(); }
  /// The text of a categorical cell; empty where missing.
  std::string_view text(std::size_t row) const;
};

/// A non-owning look at one column's rows [0, size). Valid as long as the Table it came from is not changed.
struct ColumnView {
  std::string_view name;
  ColumnKind kind = ColumnKind::numeric;
  std::span<const double> numbers;
  std::span<const std::int32_t> codes;
  const Dictionary* dictionary = nullptr;

  std::size_t size() const { return kind == ColumnKind::numeric ? numbers.size() : codes.size(); }
};

/// A set of equally long columns, with the time and entity of each row where the data has them.
struct Table {
  std::vector<Column> columns;
  std::vector<TimePoint> times;       ///< one per row, or empty
  std::vector<std::string> entities;  ///< one per row, or empty
  std::size_t rows = 0;

  const Column* find(std::string_view name) const;
  ColumnView view(std::size_t column, std::size_t first, std::size_t count) const;
  /// Copies rows [first, first + count). Dictionaries are shared, not copied.
  Table slice(std::size_t first, std::size_t count) const;
  /// Copies the named rows, in the order given.
  Table pick(std::span<const std::size_t> rows_wanted) const;
  /// Appends rows of a table with the same columns (by position). Codes are translated where dictionaries differ; a new
  /// word never changes a dictionary that another table holds, too: this one goes on with a copy.
  /// Error: internal where the columns differ.
  Status append(const Table& other);
  /// Drops the first `count` rows.
  void drop_front(std::size_t count);
  /// The same columns without rows.
  Table empty_like() const;
};

}  // namespace perennial
