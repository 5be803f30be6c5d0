#pragma once
// Batch tests of one column: reference against current window.

#include <cstdint>

#include "core/catalog.hpp"
#include "core/table.hpp"
#include "drift/reference.hpp"

namespace perennial::drift {

/// All numbers are finite.
struct Outcome {
  double statistic = 0;
  double p_value = -1;     ///< < 0 where the test has none
  double noise_bound = 0;  ///< on the statistic: what chance alone gives at the level asked for
  std::uint64_t reference_rows = 0;
  std::uint64_t current_rows = 0;
};

/// A member of the family. `test` is pure, takes a column of the kind it applies to, any number of rows (none too), and
/// a level for the noise bound.
struct Detector {
  CatalogEntry entry;
  bool numeric = false;  ///< applies to numeric columns
  bool categorical = false;
  bool significance = false;  ///< judged by its p-value (corrected over the columns), else by its statistic
  Outcome (*test)(const ColumnReference& reference, const ColumnView& current, double noise_level) = nullptr;

  bool applies_to(ColumnKind kind) const { return kind == ColumnKind::numeric ? numeric : categorical; }
};

/// ks, chi_square, psi, none.
const Catalog<Detector>& detectors();

}  // namespace perennial::drift
