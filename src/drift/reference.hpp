#pragma once
// The reference window, prepared once and compared with many current windows.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/table.hpp"
#include "drift/inflation.hpp"
#include "drift/joint_sample.hpp"
#include "drift/settings.hpp"
#include "stats/bins.hpp"
#include "stats/categories.hpp"
#include "stats/sorted_sample.hpp"
#include "stats/wasserstein.hpp"

namespace perennial::drift {

/// One column of the reference with everything that the batch tests need.
struct ColumnReference {
  std::string name;
  ColumnKind kind = ColumnKind::numeric;
  std::uint64_t rows = 0;
  std::uint64_t missing = 0;
  stats::SortedSample sample;           ///< numeric
  stats::QuantileBins bins;             ///< numeric
  stats::WassersteinScale spread;       ///< numeric
  stats::CategoryReference categories;  ///< categorical
  Inflation inflation;                  ///< of the windows that are compared with it
  bool comparable = true;               ///< false: there are too few rows for this window; it is no part of a report

  static ColumnReference prepare(const ColumnView& column);
};

struct Calibration;

/// Immutable; copies share the prepared columns, and reading from several threads is safe. Owns all it needs: the
/// views may end after prepare().
class Reference {
 public:
  Reference() = default;  ///< no columns, no rows: every report against it is invalid
  /// Takes the columns that `settings` includes; their rows count as dependent as the calibration says.
  static Reference prepare(std::span<const ColumnView> columns, const DriftSettings& settings);
  static Reference prepare(std::span<const ColumnView> columns, const DriftSettings& settings,
                           const Calibration& calibration);
  /// The same with one column prepared otherwise. The joint sample stays.
  Reference with(std::string_view column, std::shared_ptr<const ColumnReference> other) const;

  std::uint64_t rows() const;
  std::span<const std::shared_ptr<const ColumnReference>> columns() const;
  const ColumnReference* find(std::string_view name) const;  ///< nullptr where there is none
  const JointSample& joint() const;                          ///< drawn with the settings' seed

 private:
  struct Prepared;
  std::shared_ptr<const Prepared> prepared_;
};

}  // namespace perennial::drift
