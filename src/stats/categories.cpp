#include "stats/categories.hpp"

#include <algorithm>

namespace perennial::stats {

CategoryCounts count_categories(std::span<const std::int32_t> codes, const Dictionary* dictionary) {
  CategoryCounts result;
  result.rows = codes.size();
  const std::int32_t known = dictionary == nullptr ? 0 : static_cast<std::int32_t>(dictionary->size());
  std::int32_t largest = -1;
  for (const auto code : codes) largest = std::max(largest, code);
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(std::min(largest + 1, known)));
  for (const auto code : codes) {
    if (code >= 0 && code < known) ++counts[static_cast<std::size_t>(code)];
    else ++result.missing;
  }
  for (std::size_t code = 0; code < counts.size(); ++code)
    if (counts[code] > 0) result.values.emplace_back(dictionary->value(static_cast<std::int32_t>(code)), counts[code]);
  return result;
}

CategoryReference::CategoryReference(const CategoryCounts& counts) : missing_(counts.missing), rows_(counts.rows) {
  for (const auto& [value, count] : counts.values) {
    index_.emplace(std::string(value), counts_.size());
    counts_.push_back(count);
  }
}

double CategoryReference::expected_unseen_share() const {
  if (rows_ == 0) return 0;
  const auto once = std::count(counts_.begin(), counts_.end(), std::uint64_t{1});
  return static_cast<double>(once) / static_cast<double>(rows_);
}

CategoryReference::Aligned CategoryReference::align(const CategoryCounts& current) const {
  Aligned result;
  result.counts.resize(counts_.size());
  result.missing = current.missing;
  result.rows = current.rows;
  for (const auto& [value, count] : current.values) {
    if (const auto found = index_.find(value); found != index_.end()) result.counts[found->second] += count;
    else result.unseen += count;
  }
  return result;
}

}  // namespace perennial::stats
