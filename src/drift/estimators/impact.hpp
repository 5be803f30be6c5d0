#pragma once
// Which drifting column costs the model most? A shift that the model does not care about is none to be woken for.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/reports.hpp"
#include "core/table.hpp"

namespace perennial::drift {

/// What the shift of one column alone does to the mean expected loss.
struct ColumnImpact {
  std::string column;
  double effect = 0;          ///< in the unit of the losses; > 0 is worse
  double standard_error = 0;  ///< of the effect, for independent rows
  double share = 0;           ///< effect / |change of the mean loss|; 0 where the loss did not change at all
  bool material = false;      ///< |effect| is beyond what chance gives, corrected for the number of columns
  bool drifts = false;        ///< the drift report names the column
};

struct ImpactReport {
  double reference_loss = 0;  ///< means over rows
  double current_loss = 0;
  double change = 0;                  ///< current - reference
  double standard_error = 0;          ///< of the change
  std::vector<ColumnImpact> columns;  ///< largest effect first; equal ones by name
};

inline constexpr std::size_t impact_bins = 10;    ///< of a numeric column, by the reference's quantiles
inline constexpr std::size_t impact_values = 50;  ///< of a categorical column; the rest is one bin
inline constexpr double impact_level = 0.05;      ///< of `material`, over all columns (Bonferroni)

/// For each column that both sides have, of the same kind: effect = sum over its bins b of
///   (share of b in current - share of b in reference) * (mean loss of b in reference - mean loss of reference),
/// the change of the mean loss if the reference's rows are weighted to look like the current ones in this column (the
/// covariate part of a Kitagawa-Oaxaca-Blinder decomposition). Where the reference has no row in a bin (values that it
/// never saw), the mean loss of the current rows there is taken.
/// Columns that move together each carry what they have in common: shares need not sum to 1. A change of the loss
/// within bins is nobody's here. Losses: one per row, expected (ConfidenceEstimator::row_losses, ExpectedLosses) or
/// measured; rows whose loss is NaN do not count. Errors: invalid (fewer than two rows with a loss on a side, lengths
/// differ, an infinite loss).
Result<ImpactReport> rank_by_impact(std::span<const ColumnView> reference, std::span<const double> reference_losses,
                                    std::span<const ColumnView> current, std::span<const double> current_losses,
                                    const DriftReport& drift);

Json to_json(const ImpactReport& report);

}  // namespace perennial::drift
