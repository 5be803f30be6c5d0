#include "data/schema.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <unordered_map>

#include <fmt/format.h>

#include "core/time.hpp"
#include "data/cell.hpp"
#include "data/text_counts.hpp"
#include "data/time_format.hpp"

namespace perennial::data {
namespace {

/// Days that are written as one number, within 1900 to 2100: other numbers have that many digits too.
const std::string day_number = "%Y%m%d";
constexpr double first_day = 19000101, last_day = 21001231;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

bool is_infinity(std::string_view text) {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  constexpr std::array<std::string_view, 5> words = {"inf", "Inf", "INF", "infinity", "Infinity"};
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// Looks at one column value by value. Whether a column of texts is numeric is known only at the end, so distinct texts
/// are counted and read as numbers then.
class ColumnScan {
 public:
  explicit ColumnScan(Field field) : field_(std::move(field)) {}

  void add_number(double value) {
    if (std::isfinite(value)) {
      take_number(value);
      if (!counting_stopped_ && ++number_counts_[value == 0 ? 0.0 : value] == 1) limit_counting(number_counts_.size());
    } else {
      ++missing_;
    }
    ++row_;
  }

  void add_text(std::string_view text) {
    if (text.empty()) {
      ++missing_;
    } else {
      const Cell cell = field_.type == FieldType::text ? read_cell(text) : Cell{CellKind::text, nan};
      if (cell.kind == CellKind::number) {
        take_number(cell.number);
        all_times_ = all_times_of_day_ = false;
      } else if (cell.kind == CellKind::missing) {
        ++missing_words_;
        all_times_ = all_times_of_day_ = false;
      } else {
        take_text(text);
      }
      if (!has_first_) first_.assign(text);
      has_first_ = true;
      if (last_ != text) last_.assign(text);
      count_text(text);
    }
    ++row_;
  }

  ColumnSchema finish() const {
    ColumnSchema column;
    column.name = field_.name;
    // Infinities are no values, but whoever writes them means numbers.
    const std::uint64_t values = numbers_ + texts_ - infinities_;
    const bool mostly_numbers = static_cast<double>(numbers_) >= numeric_share * static_cast<double>(values);
    // A column without any value says nothing; as numbers it is harmless everywhere.
    column.kind =
        values == 0 || (mostly_numbers && field_.type != FieldType::date && field_.type != FieldType::timestamp)
            ? ColumnKind::numeric
            : ColumnKind::categorical;
    column.distinct_at_least = counting_stopped_;
    column.missing = missing_;
    if (column.kind == ColumnKind::numeric) finish_numbers(column);
    else finish_texts(column);
    column.is_constant = column.distinct <= 1 && !column.distinct_at_least;
    return column;
  }

 private:
  void take_number(double value) {
    if (numbers_ == 0) first_number_ = min_ = max_ = value;
    else if (value < last_number_) ++numbers_decreases_;
    last_number_ = value;
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
    sum_ += value;
    ++numbers_;
    if (value != std::trunc(value)) all_whole_ = false;
    if (all_days_ && !(value >= first_day && value <= last_day && read_time(number_text(value), day_number)))
      all_days_ = false;
  }

  void take_text(std::string_view text) {
    if (is_infinity(text)) ++infinities_;
    if (texts_++ == 0) {
      first_text_row_ = row_;
      first_text_.assign(text.substr(0, 120));
    }
    if (text == last_) return;
    if (all_times_) {
      const auto at = parse_time(text);
      if (!at) all_times_ = false;
      else if (last_time_ && *at < *last_time_) times_decrease_ = true;
      if (at) last_time_ = *at;
      if (!has_clock_) has_clock_ = text.find(':') != std::string_view::npos;
    }
    if (!formats_.none()) formats_.add(text);
    if (all_times_of_day_ && !read_time_of_day(text)) all_times_of_day_ = false;
  }

  void count_text(std::string_view text) {
    if (!counting_stopped_ && text_counts_.add(text)) limit_counting(text_counts_.size());
  }

  void limit_counting(std::size_t distinct) {
    if (examples_.size() < 3) examples_.push_back(field_.is_text() ? last_ : number_text(last_number_));
    const bool only_measured = texts_ == 0 && row_ >= rows_counted_exactly;
    if (distinct <= (only_measured ? distinct_numbers_counted : distinct_values_counted)) return;
    counting_stopped_ = true;
    counted_ = distinct - 1;
    text_counts_.clear();
    number_counts_ = {};
  }

  void finish_numbers(ColumnSchema& column) const {
    column.missing += missing_words_;
    std::map<double, std::uint64_t> counts(number_counts_.begin(), number_counts_.end());
    for (const auto& [text, count] : text_counts_.entries())
      if (const Cell cell = read_cell(text); cell.kind == CellKind::number)
        counts[cell.number == 0 ? 0.0 : cell.number] += count;
    column.distinct = counting_stopped_ ? counted_ : counts.size();
    column.min = min_;
    column.max = max_;
    column.mean = numbers_ > 0 ? sum_ / static_cast<double>(numbers_) : nan;
    column.is_integer = numbers_ > 0 && all_whole_;
    if (numbers_ > 0 && all_whole_ && all_days_ && texts_ == 0) column.time_format = day_number;
    column.never_decreases = numbers_decreases_ == 0 && column.distinct >= monotone_least_distinct;
    column.is_clock_like = column.distinct >= monotone_least_distinct && first_number_ < last_number_ &&
                           static_cast<double>(numbers_decreases_) <= clock_slips * static_cast<double>(numbers_);
    column.first = number_text(first_number_);
    column.last = number_text(last_number_);
    for (const auto& example : examples_) {
      const Cell cell = read_cell(example);
      column.examples.push_back(cell.kind == CellKind::number ? number_text(cell.number) : example);
    }
    column.unparsable = texts_;
    column.unparsable_row = first_text_row_;
    column.unparsable_text = first_text_;
    if (counts.size() <= limits::classes)
      for (const auto& [value, count] : counts) column.values.emplace_back(number_text(value), count);
  }

  void finish_texts(ColumnSchema& column) const {
    column.distinct = counting_stopped_ ? counted_ : text_counts_.size();
    column.min = column.max = column.mean = nan;
    column.is_time = all_times_;
    column.is_time_of_day = all_times_of_day_;
    column.has_clock = has_clock_;
    bool decreases = times_decrease_;
    if (const auto found = formats_.found(); found && !all_times_ && numbers_ == 0 && missing_words_ == 0) {
      column.time_format = found->format;
      column.time_format_or = found->also;
      column.has_clock = found->has_clock;
      decreases = found->decreases;
    }
    column.never_decreases =
        (all_times_ || !column.time_format.empty()) && !decreases && column.distinct >= monotone_least_distinct;
    column.is_clock_like = column.never_decreases;
    column.first = first_;
    column.last = last_;
    column.examples = examples_;
    if (text_counts_.size() <= limits::classes) {
      for (const auto& [text, count] : text_counts_.entries()) column.values.emplace_back(text, count);
      std::sort(column.values.begin(), column.values.end());
    }
  }

  Field field_;
  std::uint64_t row_ = 0, missing_ = 0, missing_words_ = 0, numbers_ = 0, texts_ = 0, infinities_ = 0;
  double first_number_ = nan, last_number_ = nan, min_ = nan, max_ = nan, sum_ = 0;
  std::uint64_t numbers_decreases_ = 0;
  std::size_t counted_ = 0;  ///< distinct values when counting stopped
  bool all_whole_ = true, counting_stopped_ = false, has_first_ = false;
  bool all_times_ = true, all_times_of_day_ = true, times_decrease_ = false, all_days_ = true, has_clock_ = false;
  TimeFormatScan formats_;
  std::uint64_t first_text_row_ = 0;
  std::string first_text_, first_, last_;
  std::optional<TimePoint> last_time_;
  std::vector<std::string> examples_;
  std::unordered_map<double, std::uint64_t> number_counts_;
  TextCounts text_counts_;
};

}  // namespace

const ColumnSchema* FileSchema::find(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

std::vector<std::string> FileSchema::names() const {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return names;
}

Result<FileSchema> infer_schema(const SourceSpec& spec) {
  ASSIGN_OR_RETURN(const auto source, Source::open(spec));
  FileSchema schema;
  schema.place = spec.place();
  std::vector<std::string> names;
  std::vector<ColumnScan> scans;
  for (const auto& field : source.fields()) {
    names.push_back(field.name);
    scans.emplace_back(field);
  }
  ASSIGN_OR_RETURN(auto stream, source.rows(names));
  Chunk chunk;
  for (;;) {
    if (const auto status = stream.next(chunk); !status) {
      Error error = status.error();
      error.where = schema.place;
      return std::unexpected(std::move(error));
    }
    if (chunk.rows == 0) break;
    for (std::size_t c = 0; c < scans.size(); ++c) {
      if (source.fields()[c].is_text())
        for (const auto text : chunk.columns[c].texts) scans[c].add_text(text);
      else
        for (const double value : chunk.columns[c].numbers) scans[c].add_number(value);
    }
    schema.rows += chunk.rows;
  }
  if (schema.rows == 0) return fail(ErrorCode::invalid, "the file has no rows", schema.place);
  for (const auto& scan : scans) schema.columns.push_back(scan.finish());
  return schema;
}

Status check_values(const FileSchema& schema, const std::vector<std::string>& columns) {
  for (const auto& name : columns) {
    const auto* column = schema.find(name);
    if (column == nullptr || column->unparsable == 0) continue;
    return fail(ErrorCode::invalid,
                fmt::format("the numeric column '{}' has the text '{}' in row {} ({} such values)", name,
                            column->unparsable_text, column->unparsable_row, column->unparsable),
                schema.place, "correct the file or leave the column out");
  }
  return {};
}

}  // namespace perennial::data
