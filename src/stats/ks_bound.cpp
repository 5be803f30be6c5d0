#include "stats/ks_bound.hpp"

#include <algorithm>
#include <array>

#include "stats/count_above.hpp"

namespace perennial::stats {
namespace {

constexpr std::size_t parts = 16;

}  // namespace

KsBound::KsBound(const SortedSample& reference) {
  if (reference.size() == 0) return;
  const auto cumulative = reference.cumulative();
  const auto n = static_cast<double>(reference.size());
  for (std::size_t k = 0; k + 1 < parts; ++k) {
    const double rank = n * static_cast<double>(k + 1) / static_cast<double>(parts);
    const auto at = std::lower_bound(cumulative.begin(), cumulative.end() - 1, rank,
                                     [](std::uint32_t count, double wanted) { return count < wanted; });
    const double edge = reference.distinct()[static_cast<std::size_t>(at - cumulative.begin())];
    if (!edges_.empty() && edges_.back() == edge) continue;
    edges_.push_back(edge);
    up_to_.push_back(static_cast<double>(*at) / n);
  }
}

double KsBound::of(std::span<const double> current) const {
  if (edges_.empty()) return 1;
  std::array<std::uint64_t, parts - 1> counts{};
  const auto above = std::span(counts).first(edges_.size());
  const auto m = static_cast<double>(count_above(current, edges_, above));
  if (m == 0) return 1;
  double bound = 0;
  double before = 0;            // F_current at the edge before,
  double reference_before = 0;  // and F_reference
  for (std::size_t k = 0; k <= edges_.size(); ++k) {
    const double here = k < edges_.size() ? 1 - static_cast<double>(above[k]) / m : 1;
    const double reference_here = k < edges_.size() ? up_to_[k] : 1;
    bound = std::max({bound, here - reference_before, reference_here - before});
    before = here;
    reference_before = reference_here;
  }
  return bound;
}

}  // namespace perennial::stats
