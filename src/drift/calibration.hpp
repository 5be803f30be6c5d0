#pragma once
// What the reference itself says about how much its windows differ from each other when nothing has changed: how much
// more than windows of independent rows, and which part of that is the hour of the week.

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/json.hpp"
#include "core/table.hpp"
#include "core/time.hpp"
#include "drift/inflation.hpp"

namespace perennial::drift {

/// What evidence over looks is added up of: a tenth of a window, at least 25 rows.
std::uint64_t rows_of_stretch(std::uint64_t window);

struct ColumnCalibration {
  Inflation inflation;
  bool seasonal = false;  ///< depends on the part of the week: to be compared with the same part only
  /// The inflation of the mean rank of 1, 2, 4, … stretches of rows together (rows_of_stretch()), never falling; as far
  /// as the reference has forty of them, and 128 at most. For evidence that adds up over looks
  /// (drift/accumulation.hpp).
  std::vector<double> stretches;
  friend bool operator==(const ColumnCalibration&, const ColumnCalibration&) = default;
};

struct Calibration {
  std::uint64_t blocks = 0;      ///< stretches of the reference that were compared; 0: too few rows, nothing is known
  std::uint64_t block_rows = 0;  ///< rows of each: those of a window, fewer where the reference is short
  Duration part{0};              ///< of the week, where a column is seasonal: 1 h, 6 h or 24 h; else 0
  std::map<std::string, ColumnCalibration, std::less<>> columns;

  bool known() const { return blocks > 0; }
  bool seasonal() const { return part.count() > 0; }
  const ColumnCalibration& of(std::string_view column) const;  ///< independent rows where it is not known

  /// Rows in the order of time; `times` of each row, or empty: no seasons then. `window` = rows of a window, >= 1. At
  /// least 20 blocks of at least 25 rows are needed. A column is seasonal where an analysis of variance of the blocks'
  /// mean ranks over the parts of the week says so with p < 3e-5 (Fisher's F by Paulson's normal approximation, 1942);
  /// a season needs two weeks of reference, blocks that are not longer than one and a half parts, and two per part.
  /// O(rows log rows) per column.
  static Calibration learn(std::span<const ColumnView> columns, std::span<const TimePoint> times, std::uint64_t window);

  friend bool operator==(const Calibration&, const Calibration&) = default;
};

Json to_json(const Calibration& calibration);
Result<Calibration> calibration_from_json(const Json& json);

/// The part of the week that `at` lies in, counted from Monday 00:00 UTC. `part` divides a week.
std::size_t part_of_week(TimePoint at, Duration part);

}  // namespace perennial::drift
