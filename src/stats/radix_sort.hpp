#pragma once
// Sorting whole numbers without comparing them: no branch is mispredicted, which is most of what sorting would cost.

#include <algorithm>
#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>

namespace perennial::stats {

/// A whole number for each double that is not NaN, in the order of the doubles; -0 and 0 are one.
inline std::uint64_t key_of_double(double value) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  const auto bits = std::bit_cast<std::uint64_t>(value + 0.0);
  return (bits & sign) != 0 ? ~bits : bits | sign;
}
inline double double_of_key(std::uint64_t key) {
  constexpr std::uint64_t sign = std::uint64_t{1} << 63;
  return std::bit_cast<double>((key & sign) != 0 ? key & ~sign : ~key);
}

/// Ascending, a digit of `bits` at a time from the lowest (LSD radix sort), as many digits as `largest` has; no key is
/// above it. `other` is scratch of the same length. O(keys * digits), plus 2^bits counters per digit: 8 bits serve a
/// few hundred keys, 11 serve many thousands. With `from_bit` the
/// bits below it do not count: keys that agree in the others keep their order.
template <std::unsigned_integral Key, int bits = 8, int from_bit = 0>
void radix_sort(std::span<Key> keys, std::span<Key> other, Key largest) {
  constexpr Key mask = (Key{1} << bits) - 1;
  constexpr int most_digits = (static_cast<int>(8 * sizeof(Key)) - from_bit + bits - 1) / bits;
  int digits = 0;
  while (digits < most_digits && (largest >> (from_bit + digits * bits)) > 0) ++digits;
  std::array<std::array<std::uint32_t, std::size_t{1} << bits>, most_digits> counts;  // of `digits` of them
  for (int digit = 0; digit < digits; ++digit) counts[static_cast<std::size_t>(digit)].fill(0);
  for (const Key key : keys)
    for (int digit = 0; digit < digits; ++digit)
      ++counts[static_cast<std::size_t>(digit)][(key >> (from_bit + digit * bits)) & mask];
  auto from = keys;
  auto to = other;
  for (int digit = 0; digit < digits; ++digit) {
    const int shift = from_bit + digit * bits;
    auto& begin = counts[static_cast<std::size_t>(digit)];
    if (begin[(from.empty() ? Key{0} : from.front() >> shift) & mask] == from.size()) continue;  // all have the same
    std::exclusive_scan(begin.begin(), begin.end(), begin.begin(), std::uint32_t{0});
    for (const Key key : from) to[begin[(key >> shift) & mask]++] = key;
    std::swap(from, to);
  }
  if (from.data() != keys.data()) std::ranges::copy(from, keys.begin());
}

}  // namespace perennial::stats
