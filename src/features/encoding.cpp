#include "features/encoding.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace perennial::features {
namespace {

struct Category {
  std::string value;
  std::uint64_t rows = 0;
  std::uint64_t labelled = 0;
  double truth_sum = 0;
  double rank = 0;
};

CategoryEncoding fit_column(const Column& column, std::span<const double> truth, double overall) {
  std::vector<Category> categories(column.dictionary->size());
  for (std::size_t code = 0; code < categories.size(); ++code)
    categories[code].value = column.dictionary->value(static_cast<std::int32_t>(code));
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] < 0) continue;
    auto& category = categories[static_cast<std::size_t>(column.codes[row])];
    ++category.rows;
    if (truth.empty() || !std::isfinite(truth[row])) continue;
    ++category.labelled;
    category.truth_sum += truth[row];
  }
  // A dictionary is shared by a whole stream; what these rows do not hold was not seen.
  std::erase_if(categories, [](const Category& c) { return c.rows == 0 || c.value.empty(); });
  if (categories.size() > encoded_categories) {
    std::sort(categories.begin(), categories.end(), [](const Category& a, const Category& b) {
      return a.rows != b.rows ? a.rows > b.rows : a.value < b.value;
    });
    categories.resize(encoded_categories);
  }
  for (auto& c : categories)
    c.rank = (c.truth_sum + encoding_prior_rows * overall) / (static_cast<double>(c.labelled) + encoding_prior_rows);
  std::sort(categories.begin(), categories.end(), [](const Category& a, const Category& b) {
    return a.rank != b.rank ? a.rank < b.rank : a.value < b.value;
  });
  CategoryEncoding encoding{column.name, {}};
  for (auto& c : categories) encoding.values.push_back(std::move(c.value));
  return encoding;
}

}  // namespace

const CategoryEncoding* Encodings::find(std::string_view column) const {
  for (const auto& encoding : columns)
    if (encoding.column == column) return &encoding;
  return nullptr;
}

Result<Encodings> fit_encodings(const Table& inputs, const std::vector<InputColumn>& columns,
                                std::span<const double> truth) {
  if (!truth.empty() && truth.size() != inputs.rows)
    return fail(ErrorCode::invalid, fmt::format("there are {} truths for {} rows", truth.size(), inputs.rows));
  double sum = 0;
  std::uint64_t labelled = 0;
  for (const double value : truth) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++labelled;
  }
  const double overall = labelled > 0 ? sum / static_cast<double>(labelled) : 0;
  Encodings encodings;
  for (const auto& wanted : columns) {
    if (wanted.kind != ColumnKind::categorical) continue;
    const Column* column = inputs.find(wanted.name);
    if (column == nullptr || column->kind != ColumnKind::categorical)
      return fail(ErrorCode::invalid, fmt::format("the text feature '{}' is missing", wanted.name));
    encodings.columns.push_back(fit_column(*column, truth, overall));
  }
  return encodings;
}

Json to_json(const Encodings& encodings) {
  Json list = Json::array();
  for (const auto& encoding : encodings.columns)
    list.push_back({{"column", encoding.column}, {"values", encoding.values}});
  return {{"columns", list}};
}

Result<Encodings> encodings_from_json(const Json& value) {
  try {
    Encodings encodings;
    for (const auto& item : value.at("columns"))
      encodings.columns.push_back(
          {item.at("column").get<std::string>(), item.at("values").get<std::vector<std::string>>()});
    return encodings;
  } catch (const Json::exception& e) {
    return fail(ErrorCode::corrupt, std::string("the category encodings cannot be read: ") + e.what());
  }
}

}  // namespace perennial::features
