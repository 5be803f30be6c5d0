#include "stats/ks_bound.hpp"

#include <algorithm>
#include <array>

#include "stats/count_above.hpp"

namespace perennial::stats {
namespace {

constexpr std::size_t parts = 16;

}  // namespace

double ks_bound(const SortedSample& reference, std::span<const double> current) {
  if (reference.size() == 0) return 1;
  const auto cumulative = reference.cumulative();
  const auto n = static_cast<double>(reference.size());
  std::array<double, parts - 1> edges{};
  std::array<double, parts + 1> up_to{};  // F_reference at the edges, from 0 to 1
  std::array<std::uint64_t, parts - 1> above{};
  for (std::size_t k = 0; k + 1 < parts; ++k) {
    const double rank = n * static_cast<double>(k + 1) / static_cast<double>(parts);
    const auto at = std::lower_bound(cumulative.begin(), cumulative.end() - 1, rank,
                                     [](std::uint32_t count, double wanted) { return count < wanted; });
    edges[k] = reference.distinct()[static_cast<std::size_t>(at - cumulative.begin())];
    up_to[k + 1] = static_cast<double>(*at) / n;
  }
  up_to[parts] = 1;
  const auto m = static_cast<double>(count_above(current, edges, above));
  if (m == 0) return 1;
  double bound = 0;
  double before = 0;  // F_current at the edge before
  for (std::size_t k = 0; k < parts; ++k) {
    const double here = k + 1 < parts ? 1 - static_cast<double>(above[k]) / m : 1;
    bound = std::max({bound, here - up_to[k], up_to[k + 1] - before});
    before = here;
  }
  return bound;
}

}  // namespace perennial::stats
