#include "stats/importance.hpp"

#include <cmath>

namespace perennial::stats {

double importance_shift(const Importance& before, const Importance& after) {
  if (before.empty() || after.empty()) return before.empty() == after.empty() ? 0 : 1;
  double sum = 0;
  for (const auto& [column, share] : before) {
    const auto found = after.find(column);
    sum += std::abs(share - (found == after.end() ? 0 : found->second));
  }
  for (const auto& [column, share] : after)
    if (!before.contains(column)) sum += std::abs(share);
  return sum / 2;
}

}  // namespace perennial::stats
