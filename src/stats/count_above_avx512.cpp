#include "stats/count_above_avx512.hpp"

#include <immintrin.h>

#include <algorithm>
#include <bit>
#include <limits>

namespace perennial::stats {
namespace {

// A leaf's counter is four bits of a word while values are read, so it is emptied into bytes after 15 steps, and the
// bytes into words after 17 times 15.
constexpr std::size_t steps_per_nibble = 15;
constexpr std::size_t nibbles_per_byte = 17;

}  // namespace

EdgeTree::EdgeTree(std::span<const double> edges) {
  const auto edge = [&](std::size_t k) {
    return k < edges.size() ? edges[k] : std::numeric_limits<double>::infinity();
  };
  first_ = edge(7);
  second_ = {edge(3), edge(11)};
  for (std::size_t path = 0; path < fourth_.size(); ++path) {
    const std::size_t below = (path & 1) * 8 + (path >> 1 & 1) * 4;  // edges that two decisions have passed
    third_[path] = edge(below + 1);
    fourth_[path] = edge(below + (path >> 2 & 1) * 2);
  }
}

std::size_t EdgeTree::path_of(std::size_t edges) {
  return (edges >> 3 & 1) | (edges >> 2 & 1) << 1 | (edges >> 1 & 1) << 2 | (edges & 1) << 3;
}

[[gnu::target("avx512f")]] std::uint64_t EdgeTree::count(std::span<const double> values,
                                                         std::span<std::uint64_t, leaves> leaf) const {
  const __m512d first = _mm512_set1_pd(first_);
  const __m512d second_below = _mm512_set1_pd(second_[0]);
  const __m512d second_above = _mm512_set1_pd(second_[1]);
  const __m512d third = _mm512_loadu_pd(third_.data());
  const __m512d fourth = _mm512_loadu_pd(fourth_.data());
  const __m512i bit_0 = _mm512_set1_epi64(1);
  const __m512i bit_1 = _mm512_set1_epi64(2);
  const __m512i bit_2 = _mm512_set1_epi64(4);
  const __m512i bit_3 = _mm512_set1_epi64(8);
  const __m512i low_nibbles = _mm512_set1_epi8(0x0f);
  std::uint64_t present = 0;
  for (std::size_t i = 0; i < values.size();) {
    __m512i even = _mm512_setzero_si512();
    __m512i odd = _mm512_setzero_si512();
    for (std::size_t turn = 0; turn < nibbles_per_byte && i < values.size(); ++turn) {
      __m512i nibbles = _mm512_setzero_si512();
      const std::size_t end = std::min(values.size(), i + steps_per_nibble * tree_values);
      for (; i < end; i += tree_values) {
        const __m512d value = _mm512_loadu_pd(values.data() + i);
        present += static_cast<std::uint64_t>(std::popcount(_mm512_cmp_pd_mask(value, value, _CMP_ORD_Q)));
        const __mmask8 above_first = _mm512_cmp_pd_mask(value, first, _CMP_GT_OQ);
        const __m512d second = _mm512_mask_blend_pd(above_first, second_below, second_above);
        const __mmask8 above_second = _mm512_cmp_pd_mask(value, second, _CMP_GT_OQ);
        __m512i path = _mm512_maskz_mov_epi64(above_first, bit_0);
        path = _mm512_mask_or_epi64(path, above_second, path, bit_1);
        const __mmask8 above_third = _mm512_cmp_pd_mask(value, _mm512_permutexvar_pd(path, third), _CMP_GT_OQ);
        path = _mm512_mask_or_epi64(path, above_third, path, bit_2);
        const __mmask8 above_fourth = _mm512_cmp_pd_mask(value, _mm512_permutexvar_pd(path, fourth), _CMP_GT_OQ);
        path = _mm512_mask_or_epi64(path, above_fourth, path, bit_3);
        nibbles = _mm512_add_epi64(nibbles, _mm512_sllv_epi64(bit_0, _mm512_slli_epi64(path, 2)));
      }
      // Bytes of the eight words: no sum passes 17 * 15 = 255, so none carries into its neighbour.
      even = _mm512_add_epi64(even, _mm512_and_si512(nibbles, low_nibbles));
      odd = _mm512_add_epi64(odd, _mm512_and_si512(_mm512_srli_epi64(nibbles, 4), low_nibbles));
    }
    alignas(64) std::array<std::array<std::uint8_t, 64>, 2> bytes{};
    _mm512_store_si512(bytes[0].data(), even);
    _mm512_store_si512(bytes[1].data(), odd);
    for (std::size_t path = 0; path < leaves; ++path)
      for (std::size_t lane = 0; lane < tree_values; ++lane) leaf[path] += bytes[path & 1][lane * 8 + path / 2];
  }
  return present;
}

}  // namespace perennial::stats
