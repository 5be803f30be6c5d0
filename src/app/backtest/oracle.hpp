#pragma once
// The best times to retrain, known afterwards: a bound for every policy. Pure.

#include <cstddef>
#include <span>
#include <vector>

#include "core/result.hpp"

namespace perennial::app {

/// loss(i, j): what the model of grid point i loses on block j, for j >= i. Point i stands at the start of block i;
/// point 0 is the first version. A triangle of n (n + 1) / 2 numbers.
class LossMatrix {
 public:
  explicit LossMatrix(std::size_t points) : points_(points), values_(points * (points + 1) / 2, 0.0) {}

  std::size_t points() const { return points_; }
  double at(std::size_t model, std::size_t block) const { return values_[index(model, block)]; }
  void set(std::size_t model, std::size_t block, double loss) { values_[index(model, block)] = loss; }
  /// The losses of one model on its own and all later blocks. Different models may be filled by different threads.
  std::span<double> row(std::size_t model) { return {values_.data() + index(model, model), points_ - model}; }

 private:
  std::size_t index(std::size_t model, std::size_t block) const {
    return model * points_ - model * (model + 1) / 2 + block;
  }

  std::size_t points_;
  std::vector<double> values_;
};

struct RetrainPlan {
  std::vector<std::size_t> retrains;  ///< grid points, rising; never point 0
  double loss = 0;                    ///< of the served answers
  double total = 0;                   ///< loss + price × retrains
};

/// The plan with the least total; of equal ones the one that retrains later and less often. `price` >= 0, in the unit
/// of the losses. A point whose model is missing has infinite losses. O(points²) time, O(points) memory.
RetrainPlan best_plan(const LossMatrix& losses, double price);

/// What the given retrain points (rising, without 0) lose and cost.
RetrainPlan evaluate_plan(const LossMatrix& losses, std::vector<std::size_t> retrains, double price);

/// Retraining at every point that has a model: the floor.
RetrainPlan every_point(const LossMatrix& losses);

}  // namespace perennial::app
