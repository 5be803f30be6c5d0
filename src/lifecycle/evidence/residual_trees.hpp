#pragma once
// A few shallow trees on top of another model's answers: what that model could still learn from newer rows.

#include <cstdint>
#include <span>
#include <vector>

namespace perennial::lifecycle {

/// Gradient boosting with second-order steps (Friedman 2001; Chen and Guestrin 2016) on binned columns, small enough to
/// be fitted in the loop: about rows × columns × 45 additions. Deterministic; no threads.
class ResidualTrees {
 public:
  enum class Loss {
    squared,   ///< truth: a number; base and correction: in its unit
    logistic,  ///< truth: 0 or 1; base and correction: log-odds
  };

  /// `columns` are equally long, NaN = missing (goes to the side that fits better); `base` is the other model's answer
  /// per row. Without rows the correction is 0.
  static ResidualTrees fit(const std::vector<std::vector<float>>& columns, std::span<const double> base,
                           std::span<const double> truth, Loss loss);

  /// To be added to the other model's answer; `row` has a value per column.
  double correction(std::span<const float> row) const;

 private:
  static constexpr int depth = 3;
  static constexpr int inner = (1 << depth) - 1;
  struct Tree {
    std::int32_t column[inner];  // -1 = no split here: everything goes left
    float threshold[inner];      // values below it go left
    bool missing_left[inner];
    double leaf[1 << depth];
  };
  std::vector<Tree> trees_;
};

}  // namespace perennial::lifecycle
