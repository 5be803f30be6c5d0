#include "stats/mid_ranks.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "stats/radix_sort.hpp"

namespace perennial::stats {
namespace {

constexpr int row_bits = 32;
constexpr std::uint64_t row_mask = (std::uint64_t{1} << row_bits) - 1;

/// The rows of all values that are not NaN in the order of the values, each below the high half of its value's key:
/// half the digits to sort by, and hardly two values that differ have the same.
std::vector<std::uint64_t> sorted_rows(std::span<const double> values) {
  std::vector<std::uint64_t> keys;
  keys.reserve(values.size());
  for (std::size_t row = 0; row < values.size(); ++row)
    if (!std::isnan(values[row])) keys.push_back((key_of_double(values[row]) & ~row_mask) | row);
  std::vector<std::uint64_t> other(keys.size());
  radix_sort<std::uint64_t, 11, row_bits>(keys, other, UINT64_MAX);
  const auto value_of = [&](std::uint64_t key) { return values[key & row_mask]; };
  for (auto run = keys.begin(); run != keys.end();) {
    auto end = run + 1;
    while (end != keys.end() && *end >> row_bits == *run >> row_bits) ++end;
    if (!std::ranges::is_sorted(run, end, {}, value_of)) std::ranges::sort(run, end, {}, value_of);
    run = end;
  }
  return keys;
}

}  // namespace

std::vector<double> mid_ranks(std::span<const double> values) {
  std::vector<double> ranks(values.size(), 0.5);
  const auto keys = sorted_rows(values);
  const double all = 2 * static_cast<double>(keys.size());
  for (std::size_t below = 0; below < keys.size();) {
    const double value = values[keys[below] & row_mask];
    std::size_t up_to = below + 1;
    while (up_to < keys.size() && values[keys[up_to] & row_mask] == value) ++up_to;
    const double rank = static_cast<double>(below + up_to) / all;
    for (std::size_t i = below; i < up_to; ++i) ranks[keys[i] & row_mask] = rank;
    below = up_to;
  }
  return ranks;
}

}  // namespace perennial::stats
