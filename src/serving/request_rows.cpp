#include "serving/request_rows.hpp"
#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "core/catalog.hpp"
#include "core/limits.hpp"
#include "core/number_text.hpp"

namespace perennial::serving {
namespace {

class Filler {
 public:
  Filler(const Signature& signature, std::size_t rows) : signature_(signature) {
    table_.columns.reserve(signature.request.size());
    for (const auto& input : signature.request) {
      Column column{input.name, input.kind, {}, {}, nullptr};
      if (input.kind == ColumnKind::categorical) {
        column.dictionary = std::make_shared<Dictionary>();
        column.codes.reserve(rows);
      } else {
        column.numbers.reserve(rows);
      }
      table_.columns.push_back(std::move(column));
    }
  }

  Status add(const RawRow& row) {
    TRY(row.positional ? add_positional(row.values) : add_named(row.values));
    ++table_.rows;
    return {};
  }

  Table take() { return std::move(table_); }

 private:
  std::unexpected<Error> invalid(std::string what, std::string hint = {}) const {
    return fail(ErrorCode::invalid, std::move(what), fmt::format("row {}", table_.rows + 1), std::move(hint));
  }

  Status add_positional(std::span<const RawValue> values) {
    if (values.size() != signature_.request.size())
      return invalid(fmt::format("a list of {} values", values.size()),
                     fmt::format("{} are expected, in this order: {}", signature_.request.size(), names_joined()));
    for (std::size_t c = 0; c < values.size(); ++c) TRY(put(c, values[c]));
    return {};
  }

  Status add_named(std::span<const RawValue> values) {
    const std::size_t columns = signature_.request.size();
    for (std::size_t i = 0; i < values.size(); ++i) {
      // Clients mostly send the features in order: the first guess is the same position.
      const std::size_t column = find(values[i].name, i);
      if (column == columns) return unknown(values[i].name);
      if (table_.columns[column].size() > table_.rows)
        return invalid(fmt::format("the feature '{}' is given twice", values[i].name));
      TRY(put(column, values[i]));
    }
    if (values.size() == columns) return {};
    std::string missing;
    for (const auto& column : table_.columns)
      if (column.size() == table_.rows) missing += fmt::format("{}'{}'", missing.empty() ? "" : ", ", column.name);
    return invalid("missing feature " + missing, "send null for a value that is not known");
  }

  std::size_t find(std::string_view name, std::size_t guess) const {
    const auto& request = signature_.request;
    if (guess < request.size() && request[guess].name == name) return guess;
    std::size_t column = 0;
    while (column < request.size() && request[column].name != name) ++column;
    return column;
  }

  Status unknown(std::string_view name) const {
    std::vector<std::string> known;
    for (const auto& input : signature_.request) known.push_back(input.name);
    return unknown_name("feature", name, known, fmt::format("row {}", table_.rows + 1), ErrorCode::invalid);
  }

  Status put(std::size_t column_index, const RawValue& value) {
    Column& column = table_.columns[column_index];
    if (!value.is_null && !value.is_text && !std::isfinite(value.number))
      return invalid(fmt::format("the feature '{}' is not a finite number", column.name),
                     "send null for a value that is not known");
    if (column.kind == ColumnKind::numeric) {
      if (value.is_text && !value.is_null)
        return invalid(
            fmt::format("the feature '{}' is a number, not the text '{}'", column.name, value.text.substr(0, 64)));
      column.numbers.push_back(value.is_null ? std::numeric_limits<double>::quiet_NaN() : value.number);
      return {};
    }
    if (value.is_null || (value.is_text && value.text.empty())) column.codes.push_back(-1);
    else if (value.is_text) column.codes.push_back(column.dictionary->code_of(value.text));
    else column.codes.push_back(column.dictionary->code_of(number_text(value.number)));
    return {};
  }

  std::string names_joined() const {
    std::string names;
    for (const auto& input : signature_.request) names += (names.empty() ? "" : ", ") + input.name;
    return names;
  }

  const Signature& signature_;
  Table table_;
};

}  // namespace

Result<Table> request_rows(const Signature& signature, std::span<const RawRow> rows) {
  if (rows.size() > limits::instances_per_request)
    return fail(ErrorCode::too_large, fmt::format("{} rows in one call", rows.size()), {},
                fmt::format("at most {} are allowed", limits::instances_per_request));
  Filler filler(signature, rows.size());
  for (const auto& row : rows) TRY(filler.add(row));
  return filler.take();
}

}  // namespace perennial::serving
