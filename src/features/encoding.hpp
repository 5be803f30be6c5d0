#pragma once
// Categories as numbers, fitted on training rows and frozen with the version.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/signature.hpp"
#include "core/table.hpp"

namespace perennial::features {

inline constexpr std::size_t encoded_categories = 1000;  ///< the most frequent ones; others count as unseen
inline constexpr double encoding_prior_rows = 20;        ///< rows of the overall mean mixed into every category's mean

/// The category values[i] is given the number i; missing and unseen ones NaN.
struct CategoryEncoding {
  std::string column;
  std::vector<std::string> values;

  friend bool operator==(const CategoryEncoding&, const CategoryEncoding&) = default;
};

/// One entry per categorical input, in the order of the inputs.
struct Encodings {
  std::vector<CategoryEncoding> columns;

  const CategoryEncoding* find(std::string_view column) const;
  friend bool operator==(const Encodings&, const Encodings&) = default;
};

/// Ranks the categories of each text input by the mean of `truth` over their rows, drawn towards the overall mean by
/// encoding_prior_rows (Micci-Barreca 2001); ties by value. Rows with NaN truth count for frequency only. An empty
/// `truth` ranks by value. Error: invalid (missing column, other length).
Result<Encodings> fit_encodings(const Table& inputs, const std::vector<InputColumn>& columns,
                                std::span<const double> truth);

Json to_json(const Encodings& encodings);
Result<Encodings> encodings_from_json(const Json& value);

}  // namespace perennial::features
