#pragma once
// Batch tests: reference against current window, of one column or of all together.

#include <cstdint>
#include <span>

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

/// What a classifier, trained to tell reference rows from current ones, says of rows it was not trained on: the larger,
/// the more current. Who has the model makes them; a test only judges them.
struct ClassifierScores {
  std::span<const double> reference;
  std::span<const double> current;
};

/// What a joint test looks at beside the reference.
struct JointWindow {
  std::span<const ColumnView> columns;
  ClassifierScores scores;
  std::uint64_t seed = 0;  ///< of everything random
};

/// A member of the family: pure, for any number of rows (none too), and with either `test` (one column of a kind it
/// applies to, and a level for the noise bound) or `joint` (all columns at once).
struct Detector {
  CatalogEntry entry;
  bool numeric = false;  ///< applies to numeric columns
  bool categorical = false;
  bool significance = false;  ///< judged by its p-value (corrected over the columns), else by its statistic
  Outcome (*test)(const ColumnReference& reference, const ColumnView& current, double noise_level) = nullptr;
  double threshold = 0;  ///< default level of a test that is judged by its statistic; 0: the settings' `psi`
  Outcome (*joint)(const Reference& reference, const JointWindow& current) = nullptr;
  bool needs_scores = false;  ///< says nothing without ClassifierScores

  bool applies_to(ColumnKind kind) const {
    return test != nullptr && (kind == ColumnKind::numeric ? numeric : categorical);
  }
};

/// ks, rank_sum, chi_square, psi, kl, jensen_shannon, hellinger, wasserstein, mmd, domain_classifier, none.
const Catalog<Detector>& detectors();

}  // namespace perennial::drift
