#pragma once
// Sorting whole numbers without comparing them: no branch is mispredicted, which is most of what sorting a few hundred
// of them would cost.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace perennial::stats {

/// Ascending, a byte at a time from the lowest (LSD radix sort), as many bytes as `largest` has; no key is above it.
/// `other` is scratch of the same length. O(keys * bytes), plus 256 counters per byte.
template <std::unsigned_integral Key>
void radix_sort(std::span<Key> keys, std::span<Key> other, Key largest) {
  constexpr int bits = 8;
  constexpr Key mask = (Key{1} << bits) - 1;
  auto from = keys;
  auto to = other;
  for (int shift = 0; shift < static_cast<int>(8 * sizeof(Key)) && (largest >> shift) > 0; shift += bits) {
    std::array<std::uint32_t, std::size_t{1} << bits> begin{};
    for (const Key key : from) ++begin[(key >> shift) & mask];
    if (begin[(from.empty() ? Key{0} : from.front() >> shift) & mask] == from.size()) continue;  // all have the same
    std::exclusive_scan(begin.begin(), begin.end(), begin.begin(), std::uint32_t{0});
    for (const Key key : from) to[begin[(key >> shift) & mask]++] = key;
    std::swap(from, to);
  }
  if (from.data() != keys.data()) std::ranges::copy(from, keys.begin());
}

}  // namespace perennial::stats
