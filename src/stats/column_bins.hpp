#pragma once
// A column cut into a few bins by its reference rows; further rows, with dictionaries of their own, go into the same
// bins.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/table.hpp"

namespace perennial::stats {

/// Bin 0 holds missing values. Numeric: then one bin for values under the reference's minimum, up to `most` bins of
/// about equally many reference rows (one per value where there are no more values than that), and one for values over
/// the maximum; bins end half way to the next value that occurs. Categorical: then the `most` most frequent values, and
/// one bin for all others, seen or not. Immutable, owns all it needs.
class ColumnBins {
 public:
  static constexpr std::size_t most_bins = 252;  ///< so that every bin fits a byte

  /// `most` is cut to 1..most_bins. Infinite values take part; no rows are fine.
  static ColumnBins of(const ColumnView& reference, std::size_t most);

  ColumnKind kind() const { return kind_; }
  std::size_t bins() const { return bins_; }
  /// A bin per row, in [0, bins()). The column must be of kind().
  std::vector<std::uint8_t> assign(const ColumnView& column) const;
  /// Whether reference rows can be in the bin: not where it is for what lies outside the reference's range.
  bool outside(std::size_t bin) const { return kind_ == ColumnKind::numeric && (bin == 1 || bin + 1 == bins_); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  ColumnKind kind_ = ColumnKind::numeric;
  std::size_t bins_ = 2;
  double least_ = 0;
  double greatest_ = 0;
  std::vector<double> ends_;  ///< inner ends, one fewer than inner bins
  std::unordered_map<std::string, std::uint8_t, Hash, std::equal_to<>> values_;
};

}  // namespace perennial::stats
