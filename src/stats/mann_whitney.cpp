#include "stats/mann_whitney.hpp"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "stats/special.hpp"

namespace perennial::stats {

MannWhitney mann_whitney(std::span<const double> reference, std::span<const double> current) {
  std::vector<std::pair<double, bool>> all;
  all.reserve(reference.size() + current.size());
  for (const double value : reference)
    if (!std::isnan(value)) all.emplace_back(value, false);
  MannWhitney result;
  result.reference_n = all.size();
  for (const double value : current)
    if (!std::isnan(value)) all.emplace_back(value, true);
  result.current_n = all.size() - result.reference_n;
  if (result.reference_n == 0 || result.current_n == 0) return result;
  std::ranges::sort(all, {}, &std::pair<double, bool>::first);

  const auto n = static_cast<double>(result.reference_n);
  const auto m = static_cast<double>(result.current_n);
  const double total = n + m;
  double wins = 0;  // U: pairs in which the current value is the larger one, ties counting half
  double ties = 0;
  double reference_below = 0;
  for (std::size_t first = 0; first < all.size();) {
    std::size_t last = first;
    double tied_current = 0;
    while (last < all.size() && all[last].first == all[first].first) tied_current += all[last++].second ? 1 : 0;
    const double tied = static_cast<double>(last - first);
    wins += tied_current * (reference_below + (tied - tied_current) / 2);
    ties += tied * (tied * tied - 1);
    reference_below += tied - tied_current;
    first = last;
  }
  result.auc = wins / (n * m);
  const double variance = n * m / 12 * (total + 1 - ties / (total * (total - 1)));
  if (!(variance > 0)) return result;
  const double distance = std::max(0.0, std::abs(wins - n * m / 2) - 0.5);
  result.p_value = std::min(1.0, 2 * normal_cdf(-distance / std::sqrt(variance)));
  return result;
}

}  // namespace perennial::stats
