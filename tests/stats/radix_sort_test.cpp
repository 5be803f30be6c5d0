#include "stats/radix_sort.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <vector>

#include "core/rng.hpp"

namespace perennial::stats {
namespace {

template <class Key>
void expect_sorted(std::vector<Key> keys) {
  std::vector<Key> wanted = keys;
  std::ranges::sort(wanted);
  std::vector<Key> other(keys.size());
  auto wide = keys;
  radix_sort<Key>(keys, other, wanted.empty() ? 0 : wanted.back());
  EXPECT_EQ(keys, wanted);
  radix_sort<Key, 11>(wide, other, wanted.empty() ? 0 : wanted.back());
  EXPECT_EQ(wide, wanted) << "by wider digits";
}

TEST(RadixSort, sorts_what_a_sort_by_comparison_sorts) {
  Rng rng(5);
  for (int run = 0; run < 300; ++run) {
    std::vector<std::uint32_t> small(rng.below(1200));
    std::vector<std::uint64_t> large(rng.below(300));
    const std::uint64_t limit = std::uint64_t{1} << (1 + run % 32);
    for (auto& key : small) key = static_cast<std::uint32_t>(rng.below(limit));
    for (auto& key : large) key = rng.below(limit) * rng.below(limit);
    expect_sorted(small);
    expect_sorted(large);
  }
}

TEST(RadixSort, bits_that_do_not_count_keep_their_order) {
  Rng rng(6);
  std::vector<std::uint64_t> keys(5000);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = rng.below(300) << 32 | rng.below(1u << 31);
  auto wanted = keys;
  std::ranges::stable_sort(wanted, {}, [](std::uint64_t key) { return key >> 32; });
  std::vector<std::uint64_t> other(keys.size());
  radix_sort<std::uint64_t, 11, 32>(keys, other, UINT64_MAX);
  EXPECT_EQ(keys, wanted);
}

TEST(RadixSort, edges_are_defined) {
  expect_sorted<std::uint32_t>({});
  expect_sorted<std::uint32_t>({7});
  expect_sorted<std::uint32_t>({0, 0, 0});
  expect_sorted<std::uint32_t>({256, 0, 255, 65536, 1});
  expect_sorted<std::uint64_t>({std::numeric_limits<std::uint64_t>::max(), 0, std::uint64_t{1} << 63});
}

}  // namespace
}  // namespace perennial::stats
