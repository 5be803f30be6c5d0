#pragma once
// Sorting whole numbers without comparing them: no branch is mispredicted, which is most of what sorting would cost.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace perennial::stats {

/// Ascending, a digit of `bits` at a time from the lowest (LSD radix sort), as many digits as `largest` has; no key is
/// above it. `other` is scratch of the same length. O(keys * digits), plus 2^bits counters per digit: 8 bits serve a
/// few hundred keys, 11 serve many thousands.
template <std::unsigned_integral Key, int bits = 8>
void radix_sort(std::span<Key> keys, std::span<Key> other, Key largest) {
  constexpr Key mask = (Key{1} << bits) - 1;
  constexpr int most_digits = (static_cast<int>(8 * sizeof(Key)) + bits - 1) / bits;
  int digits = 0;
  while (digits < most_digits && (largest >> (digits * bits)) > 0) ++digits;
  std::array<std::array<std::uint32_t, std::size_t{1} << bits>, most_digits> counts;  // of `digits` of them
  for (int digit = 0; digit < digits; ++digit) counts[static_cast<std::size_t>(digit)].fill(0);
  for (const Key key : keys)
    for (int digit = 0; digit < digits; ++digit)
      ++counts[static_cast<std::size_t>(digit)][(key >> (digit * bits)) & mask];
  auto from = keys;
  auto to = other;
  for (int digit = 0; digit < digits; ++digit) {
    const int shift = digit * bits;
    auto& begin = counts[static_cast<std::size_t>(digit)];
    if (begin[(from.empty() ? Key{0} : from.front() >> shift) & mask] == from.size()) continue;  // all have the same
    std::exclusive_scan(begin.begin(), begin.end(), begin.begin(), std::uint32_t{0});
    for (const Key key : from) to[begin[(key >> shift) & mask]++] = key;
    std::swap(from, to);
  }
  if (from.data() != keys.data()) std::ranges::copy(from, keys.begin());
}

}  // namespace perennial::stats
