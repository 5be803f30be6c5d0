#include "core/table.hpp"

#include "core/limits.hpp"

namespace perennial {

std::string_view to_string(ColumnKind kind) { return kind == ColumnKind::numeric ? "numeric" : "categorical"; }

std::int32_t Dictionary::code_of(std::string_view value) {
  if (const auto found = codes_.find(value); found != codes_.end()) return found->second;
  if (values_.size() >= limits::categories && value != "\x01other") return code_of("\x01other");
  const auto code = static_cast<std::int32_t>(values_.size());
  values_.emplace_back(value);
  codes_.emplace(values_.back(), code);
  return code;
}

std::int32_t Dictionary::find(std::string_view value) const {
  const auto found = codes_.find(value);
  return found == codes_.end() ? -1 : found->second;
}

std::string_view Column::text(std::size_t row) const {
  const std::int32_t code = codes[row];
  return code < 0 ? std::string_view{} : std::string_view{dictionary->value(code)};
}

const Column* Table::find(std::string_view name) const {
  for (const auto& column : columns)
    if (column.name == name) return &column;
  return nullptr;
}

ColumnView Table::view(std::size_t column, std::size_t first, std::size_t count) const {
  const Column& c = columns[column];
  ColumnView view{c.name, c.kind, {}, {}, c.dictionary.get()};
  if (c.kind == ColumnKind::numeric) view.numbers = std::span(c.numbers).subspan(first, count);
  else view.codes = std::span(c.codes).subspan(first, count);
  return view;
}

Table Table::empty_like() const {
  Table copy;
  for (const auto& c : columns) copy.columns.push_back(Column{c.name, c.kind, {}, {}, c.dictionary});
  return copy;
}

Table Table::slice(std::size_t first, std::size_t count) const {
  Table part = empty_like();
  const auto from = static_cast<std::ptrdiff_t>(first);
  const auto to = static_cast<std::ptrdiff_t>(first + count);
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].kind == ColumnKind::numeric)
      part.columns[i].numbers.assign(columns[i].numbers.begin() + from, columns[i].numbers.begin() + to);
    else part.columns[i].codes.assign(columns[i].codes.begin() + from, columns[i].codes.begin() + to);
  }
  if (!times.empty()) part.times.assign(times.begin() + from, times.begin() + to);
  if (!entities.empty()) part.entities.assign(entities.begin() + from, entities.begin() + to);
  part.rows = count;
  return part;
}

Table Table::pick(std::span<const std::size_t> rows_wanted) const {
  Table part = empty_like();
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].kind == ColumnKind::numeric) {
      part.columns[i].numbers.reserve(rows_wanted.size());
      for (const std::size_t row : rows_wanted) part.columns[i].numbers.push_back(columns[i].numbers[row]);
    } else {
      part.columns[i].codes.reserve(rows_wanted.size());
      for (const std::size_t row : rows_wanted) part.columns[i].codes.push_back(columns[i].codes[row]);
    }
  }
  for (const std::size_t row : rows_wanted) {
    if (!times.empty()) part.times.push_back(times[row]);
    if (!entities.empty()) part.entities.push_back(entities[row]);
  }
  part.rows = rows_wanted.size();
  return part;
}

namespace {

/// The code of `value`; where it is new and others hold the dictionary, too, `mine` becomes a copy first.
std::int32_t code_in(std::shared_ptr<Dictionary>& mine, std::string_view value) {
  if (const std::int32_t known = mine->find(value); known >= 0) return known;
  if (mine.use_count() > 1) mine = std::make_shared<Dictionary>(*mine);
  // Whoever held it until now has read it on another thread: taking it once more comes after that.
  const std::shared_ptr<Dictionary> held = mine;
  return held->code_of(value);
}

}  // namespace

Status Table::append(const Table& other) {
  if (columns.empty() && rows == 0) {
    *this = other;
    return {};
  }
  if (columns.size() != other.columns.size()) return fail(ErrorCode::internal, "appended rows have other columns");
  if ((times.empty() != other.times.empty() || entities.empty() != other.entities.empty()) && rows > 0 &&
      other.rows > 0)
    return fail(ErrorCode::internal, "appended rows have times or entities where the table has none, or the reverse");
  for (std::size_t i = 0; i < columns.size(); ++i) {
    Column& mine = columns[i];
    const Column& theirs = other.columns[i];
    if (mine.kind != theirs.kind || mine.name != theirs.name)
      return fail(ErrorCode::internal,
                  "appended rows have the column '" + theirs.name + "' where '" + mine.name + "' is expected");
    if (mine.kind == ColumnKind::numeric) {
      mine.numbers.insert(mine.numbers.end(), theirs.numbers.begin(), theirs.numbers.end());
    } else if (mine.dictionary == theirs.dictionary) {
      mine.codes.insert(mine.codes.end(), theirs.codes.begin(), theirs.codes.end());
    } else {
      for (const std::int32_t code : theirs.codes)
        mine.codes.push_back(code < 0 ? -1 : code_in(mine.dictionary, theirs.dictionary->value(code)));
    }
  }
  times.insert(times.end(), other.times.begin(), other.times.end());
  entities.insert(entities.end(), other.entities.begin(), other.entities.end());
  rows += other.rows;
  return {};
}

void Table::drop_front(std::size_t count) {
  const auto n = static_cast<std::ptrdiff_t>(count);
  for (auto& c : columns) {
    if (c.kind == ColumnKind::numeric) c.numbers.erase(c.numbers.begin(), c.numbers.begin() + n);
    else c.codes.erase(c.codes.begin(), c.codes.begin() + n);
  }
  if (!times.empty()) times.erase(times.begin(), times.begin() + n);
  if (!entities.empty()) entities.erase(entities.begin(), entities.begin() + n);
  rows -= count;
}

}  // namespace perennial
