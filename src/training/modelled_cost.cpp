#include "training/modelled_cost.hpp"

#include <algorithm>

namespace perennial::training {

Duration modelled_duration(const TrainingSize& size, const CostModel& model) {
  constexpr double most_us = 10.0 * 365 * 24 * 3600 * 1e6;
  const double cells = static_cast<double>(size.rows) * static_cast<double>(size.columns) *
                       static_cast<double>(size.rounds) * static_cast<double>(size.targets);
  const double us = static_cast<double>(model.fixed.count()) + cells * model.nanoseconds_per_cell_round / 1e3;
  return Duration(static_cast<std::int64_t>(std::clamp(us, 0.0, most_us)));
}

double modelled_cost(const TrainingSize& size, const CostModel& model) {
  return static_cast<double>(modelled_duration(size, model).count()) / 3.6e9 * model.price_per_hour;
}

}  // namespace perennial::training
