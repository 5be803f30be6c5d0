#pragma once
// Evidence of a small shift that adds up over looks. One look may not show a shift of a quarter of a deviation; eight
// do.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/table.hpp"
#include "drift/calibration.hpp"
#include "drift/reference.hpp"

namespace perennial::drift {

/// The strongest sign of a shift of one column, of all stretches of rows that end in the newest look.
struct Shift {
  double p_value = 1;  ///< how many looks of a stable column show as much; not corrected for other columns
  double auc = 0.5;    ///< P(row of the stretch > row of the reference) + P(equal) / 2
  std::uint64_t rows = 0;
  std::uint64_t reference_rows = 0;
};

/// Rank sums of the rows of past looks, in stretches of a tenth of a window. The test is that of the newest 1, 2, 3, …
/// stretches together (the rank sum of Mann & Whitney, its variance by the calibration, to the second order where ties
/// make it skewed), the largest of which is judged by stats::suffix_scan_rate(): a promise over looks, not one for
/// each. Stretches go back as far as the calibration knows how much they may differ, 128 of them at most. What lies
/// before a change within them is forgotten, so that the end of a shift is seen as soon as its beginning. A value: a
/// copy goes on apart. About 10 us and 2 KB for a column.
class Accumulation {
 public:
  /// Takes one more look. `fresh`: how many of the newest rows of `window` no earlier call has taken; `window_rows`: of
  /// a full window. False, and nothing is taken, where `fresh` is less than a stretch. Columns that are not numeric,
  /// not comparable, constant in the reference or not in the window are left out.
  bool take(const Reference& reference, const Calibration& calibration, std::span<const ColumnView> window,
            std::uint64_t fresh, std::uint64_t window_rows);

  /// After the newest look; nullptr where the column was left out.
  const Shift* of(std::string_view column) const;

  /// Forgets everything: another reference.
  void restart() { *this = {}; }

 private:
  struct Stretch {
    double excess;            ///< sum over its rows of rank - 1/2
    std::uint32_t rows;       ///< not missing
    std::uint32_t reference;  ///< rows it was compared with
    std::uint64_t look;
  };
  struct History {
    std::vector<Stretch> stretches;  ///< oldest first
    Shift newest;
    std::uint64_t look = 0;
  };
  struct Scale;

  static Shift strongest(const History& history, std::size_t fresh, const Scale& scale);
  static void forget(History& history, const Scale& scale);

  std::map<std::string, History, std::less<>> columns_;
  std::uint64_t looks_ = 0;
};

}  // namespace perennial::drift
