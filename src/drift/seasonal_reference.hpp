#pragma once
// The reference as it looks at the part of the week that a window comes from.

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "core/table.hpp"
#include "drift/calibration.hpp"
#include "drift/reference.hpp"
#include "drift/settings.hpp"

namespace perennial::drift {

/// Rows of a champion's training window that drift is measured against; and for each part of the week, where there is a
/// season.
inline constexpr std::uint64_t reference_rows_kept = 5000;
inline constexpr std::uint64_t reference_rows_kept_per_part = 300;

/// How many of `rows` are worth keeping.
std::uint64_t reference_rows_worth(const Calibration& calibration, std::uint64_t rows);

/// All rows of all columns.
std::vector<ColumnView> views_of(const Table& table);

/// Owns all it needs. at() remembers what it prepared, so it is not safe to call from two threads.
class SeasonalReference {
 public:
  SeasonalReference() = default;  ///< every report against it is invalid
  /// Rows in the order of time with the `times` of each (or none: no seasons).
  static SeasonalReference prepare(std::span<const ColumnView> columns, std::span<const TimePoint> times,
                                   const DriftSettings& settings, Calibration calibration);

  /// For a window whose rows have these times. Columns that depend on the part of the week are compared with reference
  /// rows of the same parts in the same proportions (in twentieths). Where these are fewer than settings.min_rows, one
  /// is compared with all rows, or left out where an alarm budget is stated: that would break the promise. The plain
  /// reference where nothing is seasonal, where the window has no times, and where it has the parts of the week as the
  /// reference has them (total variation up to 0.1).
  const Reference& at(std::span<const TimePoint> window);

  const Calibration& calibration() const { return calibration_; }
  std::uint64_t rows() const { return whole_.rows(); }

 private:
  using Mix = std::vector<std::uint8_t>;  ///< twentieths by part of the week

  Mix mix_of(std::span<const TimePoint> window) const;
  std::vector<std::size_t> rows_like(const Mix& mix) const;
  Reference prepare_for(const Mix& mix) const;

  Reference whole_;
  Calibration calibration_;
  std::uint64_t min_rows_ = 0;
  bool promised_ = false;                          ///< an alarm budget is stated
  Table seasonal_;                                 ///< the columns that are
  std::vector<std::vector<std::size_t>> by_part_;  ///< rows of each part of the week
  std::map<Mix, Reference> prepared_;              ///< bounded by the parts of a week
};

}  // namespace perennial::drift
