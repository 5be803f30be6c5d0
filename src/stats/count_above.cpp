#include "stats/count_above.hpp"

#include <immintrin.h>

#include <algorithm>
#include <array>

#include "stats/count_above_avx512.hpp"

namespace perennial::stats {
namespace {

constexpr std::size_t block_values = 1024;  // read once from memory, then once per group of edges from the first cache
constexpr std::size_t group_edges = 6;      // counters and edges that fit into registers

template <std::size_t edges>
void plain_group(std::span<const double> values, const double* edge, std::uint64_t* above) {
  std::array<std::uint64_t, edges> counts{};
  for (const double value : values)
#pragma GCC unroll 8
    for (std::size_t k = 0; k < edges; ++k) counts[k] += value > edge[k] ? 1 : 0;
  for (std::size_t k = 0; k < edges; ++k) above[k] += counts[k];
}

std::uint64_t plain_present(std::span<const double> values) {
  std::uint64_t present = 0;
  for (const double value : values) present += value == value ? 1 : 0;
  return present;
}

constexpr std::size_t lanes = 4;

[[gnu::target("avx2")]] std::uint64_t sum_of(__m256i counts) {
  alignas(32) std::array<std::uint64_t, lanes> parts{};
  _mm256_store_si256(reinterpret_cast<__m256i*>(parts.data()), counts);
  return parts[0] + parts[1] + parts[2] + parts[3];
}

template <std::size_t edges>
[[gnu::target("avx2")]] void avx2_group(std::span<const double> values, const double* edge, std::uint64_t* above) {
  __m256d limits[edges];
  __m256i counts[edges];
  for (std::size_t k = 0; k < edges; ++k) {
    limits[k] = _mm256_set1_pd(edge[k]);
    counts[k] = _mm256_setzero_si256();
  }
  std::size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes) {
    const __m256d four = _mm256_loadu_pd(values.data() + i);
    // A true comparison is -1 as a whole number.
#pragma GCC unroll 8
    for (std::size_t k = 0; k < edges; ++k)
      counts[k] = _mm256_sub_epi64(counts[k], _mm256_castpd_si256(_mm256_cmp_pd(four, limits[k], _CMP_GT_OQ)));
  }
  for (std::size_t k = 0; k < edges; ++k) above[k] += sum_of(counts[k]);
  plain_group<edges>(values.subspan(i), edge, above);
}

[[gnu::target("avx2")]] std::uint64_t avx2_present(std::span<const double> values) {
  __m256i counts = _mm256_setzero_si256();
  std::size_t i = 0;
  for (; i + lanes <= values.size(); i += lanes) {
    const __m256d four = _mm256_loadu_pd(values.data() + i);
    counts = _mm256_sub_epi64(counts, _mm256_castpd_si256(_mm256_cmp_pd(four, four, _CMP_ORD_Q)));
  }
  return sum_of(counts) + plain_present(values.subspan(i));
}

using Group = void (*)(std::span<const double>, const double*, std::uint64_t*);
using Groups = std::array<Group, group_edges>;

constexpr Groups plain_groups{plain_group<1>, plain_group<2>, plain_group<3>,
                              plain_group<4>, plain_group<5>, plain_group<6>};
constexpr Groups avx2_groups{avx2_group<1>, avx2_group<2>, avx2_group<3>, avx2_group<4>, avx2_group<5>, avx2_group<6>};

std::uint64_t count_by_edge(std::span<const double> values, std::span<const double> edges, std::uint64_t* above,
                            bool wide) {
  const Groups& groups = wide ? avx2_groups : plain_groups;
  std::uint64_t present = 0;
  for (std::size_t begin = 0; begin < values.size(); begin += block_values) {
    const auto block = values.subspan(begin, std::min(block_values, values.size() - begin));
    present += wide ? avx2_present(block) : plain_present(block);
    for (std::size_t first = 0; first < edges.size(); first += group_edges) {
      const std::size_t count = std::min(group_edges, edges.size() - first);
      groups[count - 1](block, edges.data() + first, above + first);
    }
  }
  return present;
}

/// The values must be whole steps of the tree.
std::uint64_t count_by_tree(std::span<const double> values, std::span<const double> edges, std::uint64_t* above) {
  std::uint64_t present = 0;
  for (std::size_t first = 0; first == 0 || first < edges.size(); first += tree_edges) {
    const std::size_t count = std::min(tree_edges, edges.size() - first);
    std::array<std::uint64_t, EdgeTree::leaves> leaf{};
    present = EdgeTree(edges.subspan(first, count)).count(values, leaf);
    std::uint64_t passed = 0;
    for (std::size_t k = tree_edges; k-- > 0;) {
      passed += leaf[EdgeTree::path_of(k + 1)];
      if (k < count) above[first + k] += passed;
    }
  }
  return present;
}

}  // namespace

CountLevel best_count_level() {
  static const CountLevel best = __builtin_cpu_supports("avx512f") ? CountLevel::avx512
                                 : __builtin_cpu_supports("avx2")  ? CountLevel::avx2
                                                                   : CountLevel::plain;
  return best;
}

std::uint64_t count_above(std::span<const double> values, std::span<const double> edges, std::span<std::uint64_t> above,
                          CountLevel level) {
  std::ranges::fill(above, 0u);
  if (level != CountLevel::avx512) return count_by_edge(values, edges, above.data(), level == CountLevel::avx2);
  const std::size_t steps = values.size() / tree_values * tree_values;
  return count_by_tree(values.first(steps), edges, above.data()) +
         count_by_edge(values.subspan(steps), edges, above.data(), true);
}

}  // namespace perennial::stats
