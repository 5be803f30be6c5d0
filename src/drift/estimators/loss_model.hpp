#pragma once
// A model of how wrong another model is: expected loss of a row given its inputs and the prediction. Gradient boosting
// of regression trees on squared error (Friedman 2001), over binned columns, growing the leaf that gains most (the
// histogram method of Ke et al. 2017). Small on purpose: one thread, no randomness, the same rows give the same model.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/table.hpp"
#include "stats/column_bins.hpp"

namespace perennial::drift {

struct LossModelSettings {
  std::size_t trees = 100;
  std::size_t leaves = 31;  ///< per tree, 2..256
  std::size_t min_leaf_rows = 20;
  double learning_rate = 0.1;     ///< in (0, 1]
  std::size_t max_rows = 20000;   ///< more are thinned out evenly
  std::size_t max_columns = 100;  ///< more: those whose best single split explains most are kept
};

inline constexpr std::size_t loss_model_min_rows = 100;  ///< with a loss

/// Immutable, owns all it needs. 20 000 rows of 30 columns take about half a second to fit; 1000 rows 2 ms to predict.
class LossModel {
 public:
  /// One loss per row, NaN = not known (the row does not count). Columns have as many rows as there are losses.
  /// Errors: invalid (fewer than loss_model_min_rows rows with a loss, no columns, lengths differ, an infinite loss),
  /// config (settings out of range).
  static Result<LossModel> fit(std::span<const ColumnView> columns, std::span<const double> losses,
                               const LossModelSettings& settings = {});

  /// One expected loss per row, never below 0 (a loss is not). Columns are found by name, in any order; further ones
  /// are ignored. Error: invalid where a column is missing or of another kind.
  Result<std::vector<double>> predict(std::span<const ColumnView> columns) const;

  /// Mean loss of the rows that it was fitted to.
  double mean() const { return base_; }

 private:
  struct Node {
    std::uint32_t column = 0;  ///< index into columns_
    std::uint8_t bin = 0;      ///< rank <= bin goes left
    std::int32_t left = -1;    ///< < 0: a leaf
    std::int32_t right = -1;
    double value = 0;  ///< of a leaf, learning rate included
  };
  struct Used {
    std::string name;
    stats::ColumnBins bins;
    std::vector<std::uint8_t> rank;  ///< of each bin, in the order that splits go by
  };
  class Fitter;

  std::vector<Used> columns_;
  std::vector<std::vector<Node>> trees_;
  double base_ = 0;
};

}  // namespace perennial::drift
