#pragma once
// Counts of a categorical column, and a reference that later windows are counted against by value (not by code:
// dictionaries may differ).

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/table.hpp"

namespace perennial::stats {

/// The values that occur, in order of their codes. The texts belong to the dictionary.
struct CategoryCounts {
  std::vector<std::pair<std::string_view, std::uint64_t>> values;
  std::uint64_t missing = 0;
  std::uint64_t rows = 0;  ///< missing included
};

CategoryCounts count_categories(std::span<const std::int32_t> codes, const Dictionary* dictionary);

/// Category counts of the reference rows, owned.
class CategoryReference {
 public:
  CategoryReference() = default;
  explicit CategoryReference(const CategoryCounts& counts);

  std::uint64_t rows() const { return rows_; }
  std::uint64_t missing() const { return missing_; }
  /// Per category, in a fixed order.
  std::span<const std::uint64_t> counts() const { return counts_; }
  /// The place of a value in counts(); -1 where the reference does not have it.
  std::int64_t find(std::string_view value) const {
    const auto found = index_.find(value);
    return found == index_.end() ? -1 : static_cast<std::int64_t>(found->second);
  }
  /// The share of rows that hold a value seen only once: what Good & Turing (1953) expect of never-seen values in
  /// further rows of the same kind. 0 where the reference is empty.
  double expected_unseen_share() const;

  struct Aligned {
    std::vector<std::uint64_t> counts;  ///< of the reference's categories, in the same order
    std::uint64_t unseen = 0;           ///< rows with a value that the reference does not have
    std::uint64_t missing = 0;
    std::uint64_t rows = 0;
  };
  Aligned align(const CategoryCounts& current) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> index_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t missing_ = 0;
  std::uint64_t rows_ = 0;
};

}  // namespace perennial::stats
