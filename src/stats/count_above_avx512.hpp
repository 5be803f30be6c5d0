#pragma once
// Counting between up to fifteen edges with AVX-512: four comparisons per value instead of one per edge. Eight values
// at a time walk down a search tree whose nodes lie in registers (for looking up sorted keys in registers see
// Polychroniou, Raghavan, Ross 2015, "Rethinking SIMD Vectorization for In-Memory Databases").

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace perennial::stats {

inline constexpr std::size_t tree_edges = 15;
inline constexpr std::size_t tree_values = 8;  ///< values of one step

/// A complete binary tree of four levels. A path is four bits, the first decision in bit 0: 1 where the value lies
/// above the node's edge. So the bits decided so far are the place of the next node in its level.
class EdgeTree {
 public:
  static constexpr std::size_t leaves = tree_edges + 1;

  /// At most 15 edges, ascending; missing ones count as infinity, which nothing lies above.
  explicit EdgeTree(std::span<const double> edges);

  /// leaf[path] += values that end there; values.size() must be a multiple of tree_values. Missing values end in path
  /// 0. Returns the number of values that are not NaN. Needs AVX-512F.
  std::uint64_t count(std::span<const double> values, std::span<std::uint64_t, leaves> leaf) const;

  /// The path of values that lie above `edges` of the edges.
  static std::size_t path_of(std::size_t edges);

 private:
  double first_ = 0;
  std::array<double, 2> second_{};
  std::array<double, 8> third_{};  ///< of which four are looked at
  std::array<double, 8> fourth_{};
};

}  // namespace perennial::stats
