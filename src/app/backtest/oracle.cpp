#include "app/backtest/oracle.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace perennial::app {

RetrainPlan evaluate_plan(const LossMatrix& losses, std::vector<std::size_t> retrains, double price) {
  RetrainPlan plan;
  std::size_t model = 0;
  std::size_t next = 0;
  for (std::size_t block = 0; block < losses.points(); ++block) {
    if (next < retrains.size() && retrains[next] == block) {
      model = block;
      ++next;
    }
    plan.loss += losses.at(model, block);
  }
  plan.total = plan.loss + price * static_cast<double>(retrains.size());
  plan.retrains = std::move(retrains);
  return plan;
}

RetrainPlan best_plan(const LossMatrix& losses, double price) {
  const std::size_t n = losses.points();
  constexpr double never = std::numeric_limits<double>::infinity();
  // least[j]: the cheapest way through blocks 0 … j - 1 where point j retrains next (or the file ends);
  // came[j]: the point whose model serves up to there.
  std::vector<double> least(n + 1, never);
  std::vector<std::size_t> came(n + 1, 0);
  for (std::size_t model = 0; model < n; ++model) {
    const double before = model == 0 ? 0.0 : least[model] + price;
    if (!std::isfinite(before)) continue;
    double served = 0;
    for (std::size_t block = model; block < n; ++block) {
      served += losses.at(model, block);
      if (!std::isfinite(served)) break;
      if (before + served < least[block + 1]) {
        least[block + 1] = before + served;
        came[block + 1] = model;
      }
    }
  }
  std::vector<std::size_t> retrains;
  for (std::size_t at = n; at > 0 && came[at] > 0; at = came[at]) retrains.push_back(came[at]);
  std::reverse(retrains.begin(), retrains.end());
  return evaluate_plan(losses, std::move(retrains), price);
}

RetrainPlan every_point(const LossMatrix& losses) {
  std::vector<std::size_t> retrains;
  for (std::size_t point = 1; point < losses.points(); ++point)
    if (std::isfinite(losses.at(point, point))) retrains.push_back(point);
  return evaluate_plan(losses, std::move(retrains), 0);
}

}  // namespace perennial::app
