#include "data/row_stream.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include <fmt/format.h>

#include "data/cell.hpp"

namespace perennial::data {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Reads the times of rows and remembers the newest, because neighbours often have the same.
class TimeReader {
 public:
  TimeReader(const TimeAxis& axis, std::vector<std::size_t> positions) : axis_(axis), positions_(std::move(positions)) {
    cells_.resize(positions_.size());
  }

  Result<TimePoint> at(const Chunk& chunk, std::size_t row) {
    for (std::size_t i = 0; i < positions_.size(); ++i) {
      const auto& column = chunk.columns[positions_[i]];
      cells_[i].is_text = !column.texts.empty();
      if (cells_[i].is_text) cells_[i].text = column.texts[row];
      else cells_[i].number = column.numbers[row];
    }
    return axis_.at(cells_);
  }

 private:
  TimeAxis axis_;
  std::vector<std::size_t> positions_;
  std::vector<TimeCell> cells_;
};

/// How one delivered column is made from a column of the file.
struct Delivery {
  std::size_t position = 0;  ///< in the chunk
  bool is_target = false;
  bool has_classes = false;
  bool is_instant = false;  ///< a date or timestamp field that is wanted as a number
};

double number_of(std::string_view text, std::uint64_t& unparsable) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc{} && end == text.data() + text.size() && std::isfinite(value)) return value;
  const Cell cell = read_cell(text);
  if (cell.kind == CellKind::text) ++unparsable;
  return cell.number;
}

double instant_of(std::string_view text, std::uint64_t& unparsable) {
  if (text.empty()) return nan;
  const auto at = parse_time(text);
  if (!at) {
    ++unparsable;
    return nan;
  }
  return static_cast<double>(at->time_since_epoch().count()) / 1e6;
}

}  // namespace

struct RowStream::Impl {
  StreamSpec spec;
  std::optional<Source> source;
  std::vector<std::string> names;    ///< columns that are read from the file
  std::vector<Delivery> deliveries;  ///< one per delivered column
  std::optional<std::size_t> entity_position;
  std::optional<TimeReader> times;
  Table prototype;  ///< the delivered columns with their dictionaries, no rows

  std::uint64_t total = 0;
  std::uint64_t delivered = 0;
  OrderReport order;
  std::map<std::string, std::uint64_t> unparsable;
  std::vector<std::uint64_t> original;

  std::optional<QueryStream> stream;
  Chunk chunk;
  std::size_t chunk_row = 0;
  std::uint64_t file_row = 0;   ///< of the next row of the file
  std::optional<Table> sorted;  ///< the whole file where it has to be sorted
  std::vector<std::size_t> sorted_order;

  std::size_t position_of(const std::string& name) {
    for (std::size_t i = 0; i < names.size(); ++i)
      if (names[i] == name) return i;
    names.push_back(name);
    return names.size() - 1;
  }

  Error at_place(Error error) const {
    if (error.where.empty()) error.where = spec.source.place();
    return error;
  }

  Status lay_out();
  Status survey();
  Result<bool> has_row();
  Status take(Table& table, std::size_t count);
  Status sort_all();
};

/// Which columns are read, and what becomes of them.
Status RowStream::Impl::lay_out() {
  std::vector<std::string> wanted;
  for (const auto& column : spec.columns) wanted.push_back(column.name);
  for (const auto& target : spec.targets) wanted.push_back(target.name);
  for (std::size_t i = 0; i < wanted.size(); ++i)
    if (std::find(wanted.begin(), wanted.begin() + static_cast<std::ptrdiff_t>(i), wanted[i]) !=
        wanted.begin() + static_cast<std::ptrdiff_t>(i))
      return fail(ErrorCode::invalid, fmt::format("the column '{}' is asked for twice", wanted[i]), spec.source.place(),
                  "a target cannot be a feature too");
  if (spec.entity) wanted.push_back(*spec.entity);
  if (spec.time) wanted.insert(wanted.end(), spec.time->columns.begin(), spec.time->columns.end());
  TRY(source->check_columns(wanted));

  const auto add = [&](const std::string& name, ColumnKind kind, Delivery delivery) {
    const auto& field = source->fields()[static_cast<std::size_t>(source->field_index(name))];
    delivery.position = position_of(name);
    delivery.is_instant =
        kind == ColumnKind::numeric && (field.type == FieldType::date || field.type == FieldType::timestamp);
    deliveries.push_back(delivery);
    prototype.columns.push_back(
        {name, kind, {}, {}, kind == ColumnKind::categorical ? std::make_shared<Dictionary>() : nullptr});
  };
  for (const auto& column : spec.columns) add(column.name, column.kind, {});
  for (const auto& target : spec.targets) {
    const bool classes = is_classification(target.task);
    add(target.name, classes ? ColumnKind::categorical : ColumnKind::numeric,
        {0, true, classes && !target.classes.empty(), false});
    if (classes)
      for (const auto& name : target.classes) prototype.columns.back().dictionary->code_of(name);
  }
  if (spec.entity) entity_position = position_of(*spec.entity);
  if (spec.time) {
    std::vector<std::size_t> positions;
    for (const auto& name : spec.time->columns) positions.push_back(position_of(name));
    times.emplace(*spec.time, std::move(positions));
  }
  return {};
}

/// One look at the times of all rows: how many there are and whether they are in order.
Status RowStream::Impl::survey() {
  if (!spec.time && spec.known_rows > 0) {
    total = spec.known_rows;
    return {};
  }
  const std::vector<std::string> columns = spec.time ? spec.time->columns : std::vector<std::string>{};
  ASSIGN_OR_RETURN(auto rows, source->rows(columns));
  std::vector<std::size_t> positions(columns.size());
  std::iota(positions.begin(), positions.end(), std::size_t{0});
  std::optional<TimeReader> reader;
  if (spec.time) reader.emplace(*spec.time, positions);
  TimePoint before{};
  Chunk part;
  for (;;) {
    if (const auto status = rows.next(part); !status) return std::unexpected(at_place(status.error()));
    if (part.rows == 0) break;
    if (reader) {
      for (std::size_t row = 0; row < part.rows; ++row) {
        auto at = reader->at(part, row);
        if (!at)
          return fail(ErrorCode::invalid, fmt::format("the time in row {}: {}", total + row, at.error().what),
                      spec.source.place(), at.error().hint);
        if (total + row > 0 && *at == before) ++order.equal;
        if (total + row > 0 && *at < before) ++order.decreasing;
        before = *at;
      }
    }
    total += part.rows;
  }
  if (total == 0) return fail(ErrorCode::invalid, "the file has no rows", spec.source.place());
  const std::uint64_t cells = total * (deliveries.size() + 2);
  if (!order.sorted() && cells > sortable_cells)
    return fail(ErrorCode::too_large,
                fmt::format("{} rows are not in time order and too many to be sorted here", total), spec.source.place(),
                "sort the file by time first");
  return {};
}

Result<bool> RowStream::Impl::has_row() {
  if (!stream) {
    ASSIGN_OR_RETURN(stream, source->rows(names));
  }
  if (chunk_row < chunk.rows) return true;
  chunk_row = 0;
  if (const auto status = stream->next(chunk); !status) return std::unexpected(at_place(status.error()));
  return chunk.rows > 0;
}

/// Appends `count` rows of the present chunk.
Status RowStream::Impl::take(Table& table, std::size_t count) {
  const std::size_t end = chunk_row + count;
  for (std::size_t c = 0; c < deliveries.size(); ++c) {
    const Delivery& delivery = deliveries[c];
    Column& column = table.columns[c];
    const auto& cells = chunk.columns[delivery.position];
    const bool is_text = !cells.texts.empty();
    std::uint64_t bad = 0;
    if (column.kind == ColumnKind::numeric) {
      for (std::size_t row = chunk_row; row < end; ++row) {
        if (!is_text) column.numbers.push_back(std::isfinite(cells.numbers[row]) ? cells.numbers[row] : nan);
        else if (delivery.is_instant) column.numbers.push_back(instant_of(cells.texts[row], bad));
        else column.numbers.push_back(number_of(cells.texts[row], bad));
      }
    } else {
      std::string canonical;
      for (std::size_t row = chunk_row; row < end; ++row) {
        std::string_view text;
        if (is_text) text = cells.texts[row];
        else text = canonical = number_text(cells.numbers[row]);
        if (is_text && delivery.is_target) {
          const Cell cell = read_cell(text);
          if (cell.kind == CellKind::number) text = canonical = number_text(cell.number);
        }
        std::int32_t code = -1;
        if (!text.empty()) {
          code = delivery.has_classes ? column.dictionary->find(text) : column.dictionary->code_of(text);
          if (code < 0 && read_cell(text).kind != CellKind::missing) ++bad;
        }
        column.codes.push_back(code);
      }
    }
    if (bad > 0) unparsable[column.name] += bad;
  }
  if (entity_position) {
    const auto& cells = chunk.columns[*entity_position];
    for (std::size_t row = chunk_row; row < end; ++row)
      table.entities.push_back(cells.texts.empty() ? number_text(cells.numbers[row]) : std::string(cells.texts[row]));
  }
  for (std::size_t row = chunk_row; row < end; ++row, ++file_row) {
    original.push_back(file_row);
    if (!times) {
      table.times.push_back(spec.clock_start + spec.clock_interval * static_cast<std::int64_t>(file_row));
      continue;
    }
    // The survey read the same cells; a failure now means that the file changed meanwhile.
    auto at = times->at(chunk, row);
    if (!at) return std::unexpected(at_place(at.error()));
    table.times.push_back(*at);
  }
  table.rows += count;
  chunk_row = end;
  return {};
}

Status RowStream::Impl::sort_all() {
  Table all = prototype.empty_like();
  original.clear();
  for (;;) {
    ASSIGN_OR_RETURN(const bool more, has_row());
    if (!more) break;
    if ((all.rows + chunk.rows) * (deliveries.size() + 2) > sortable_cells)
      return fail(ErrorCode::too_large, "the file grew while it was read", spec.source.place());
    TRY(take(all, chunk.rows - chunk_row));
  }
  stream.reset();
  sorted_order.resize(all.rows);
  std::iota(sorted_order.begin(), sorted_order.end(), std::size_t{0});
  std::stable_sort(sorted_order.begin(), sorted_order.end(),
                   [&](std::size_t a, std::size_t b) { return all.times[a] < all.times[b]; });
  sorted = std::move(all);
  return {};
}

RowStream::RowStream(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RowStream::RowStream(RowStream&&) noexcept = default;
RowStream& RowStream::operator=(RowStream&&) noexcept = default;
RowStream::~RowStream() = default;

Result<RowStream> RowStream::open(StreamSpec spec) {
  auto impl = std::make_unique<Impl>();
  impl->spec = std::move(spec);
  ASSIGN_OR_RETURN(impl->source, Source::open(impl->spec.source));
  TRY(impl->lay_out());
  TRY(impl->survey());
  return RowStream(std::move(impl));
}

Result<Table> RowStream::next(std::size_t most_rows) {
  Impl& impl = *impl_;
  Table table = impl.prototype.empty_like();
  if (!impl.order.sorted()) {
    if (!impl.sorted) TRY(impl.sort_all());
    const std::size_t count = std::min<std::size_t>(most_rows, impl.sorted_order.size() - impl.delivered);
    const auto part = std::span(impl.sorted_order).subspan(impl.delivered, count);
    table = impl.sorted->pick(part);
    // Sorting needs the whole file from its first row, so an index is the row of the file.
    impl.original.assign(part.begin(), part.end());
    impl.delivered += count;
    return table;
  }
  impl.original.clear();
  const std::size_t expected = std::min<std::size_t>(most_rows, impl.total - std::min(impl.delivered, impl.total));
  for (auto& column : table.columns) {
    if (column.kind == ColumnKind::numeric) column.numbers.reserve(expected);
    else column.codes.reserve(expected);
  }
  while (table.rows < most_rows) {
    ASSIGN_OR_RETURN(const bool more, impl.has_row());
    if (!more) break;
    TRY(impl.take(table, std::min(most_rows - table.rows, impl.chunk.rows - impl.chunk_row)));
  }
  impl.delivered += table.rows;
  return table;
}

Status RowStream::skip(std::uint64_t rows) {
  Impl& impl = *impl_;
  if (!impl.order.sorted()) {
    if (!impl.sorted) TRY(impl.sort_all());
    impl.delivered += std::min<std::uint64_t>(rows, impl.sorted_order.size() - impl.delivered);
    return {};
  }
  while (rows > 0) {
    ASSIGN_OR_RETURN(const bool more, impl.has_row());
    if (!more) return {};
    // Codes are given in order of appearance, so skipped categories must be seen as well.
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(rows, impl.chunk.rows - impl.chunk_row));
    Table ignored = impl.prototype.empty_like();
    impl.original.clear();
    TRY(impl.take(ignored, count));
    impl.delivered += count;
    rows -= count;
  }
  return {};
}

const std::vector<std::uint64_t>& RowStream::original_rows() const { return impl_->original; }
Table RowStream::empty_table() const { return impl_->prototype.empty_like(); }
std::uint64_t RowStream::total_rows() const { return impl_->total; }
std::uint64_t RowStream::delivered_rows() const { return impl_->delivered; }
const OrderReport& RowStream::order_report() const { return impl_->order; }
const std::map<std::string, std::uint64_t>& RowStream::unparsable() const { return impl_->unparsable; }

Result<Table> read_all(RowStream& stream, std::uint64_t most_rows) {
  Table all = stream.empty_table();
  const std::uint64_t left = stream.total_rows() - std::min(stream.delivered_rows(), stream.total_rows());
  if (left > most_rows)
    return fail(ErrorCode::too_large, fmt::format("there are {} rows where at most {} can be held", left, most_rows));
  for (;;) {
    ASSIGN_OR_RETURN(auto part, stream.next(8192));
    if (part.rows == 0) return all;
    TRY(all.append(part));
  }
}

}  // namespace perennial::data
