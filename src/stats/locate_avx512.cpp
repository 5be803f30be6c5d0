#include "stats/locate_avx512.hpp"

// GCC 12 takes the undefined registers of its own intrinsics for a mistake.
#pragma GCC diagnostic ignored "-Wuninitialized"
#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace perennial::stats {
namespace {

constexpr std::size_t lanes = 8;
constexpr std::size_t abreast = 4;  // groups of eight: while the loads of one are under way, those of the next begin

// What is gathered from: low, scale, last and base, each in the place of a double.
static_assert(sizeof(ValueGrid::Stretch) == 4 * sizeof(double));
static_assert(offsetof(ValueGrid::Stretch, inside) == 0 && offsetof(ValueGrid::Linear, low) == 0);
static_assert(offsetof(ValueGrid::Linear, scale) == sizeof(double));
static_assert(offsetof(ValueGrid::Linear, last) == 2 * sizeof(double));
static_assert(offsetof(ValueGrid::Stretch, base) == 3 * sizeof(double));

/// ValueGrid::Linear for eight values; NaN, as of infinity times 0, gives 0.
[[gnu::target("avx512f")]] __m256i place(__m512d value, __m512d low, __m512d scale, __m512d last) {
  const __m512d at = _mm512_mul_pd(_mm512_sub_pd(value, low), scale);
  return _mm512_cvttpd_epi32(_mm512_min_pd(_mm512_max_pd(at, _mm512_setzero_pd()), last));
}

class Lookup {
 public:
  [[gnu::target("avx512f")]] Lookup(const ValueGrid& grid, std::span<const double> distinct)
      : distinct_(distinct.data()),
        last_(static_cast<long long>(distinct.size()) - 1),
        stretches_(reinterpret_cast<const double*>(grid.stretches())),
        firsts_(grid.firsts()),
        by_bits_(grid.by_bits()),
        linear_(grid.linear()),
        bits_(grid.bits()) {}

  /// The places of `groups` times eight values.
  template <std::size_t groups>
  [[gnu::target("avx512f")]] void find(const double* values, std::uint32_t* found) const {
    const __m512i one = _mm512_set1_epi64(1);
    const __m512i last = _mm512_set1_epi64(last_);
    __m512d value[groups];
    __m512i at[groups];
    __m512i length[groups];
#pragma GCC unroll 4
    for (std::size_t g = 0; g < groups; ++g) {
      value[g] = _mm512_loadu_pd(values + g * lanes);
      // first(cell) and first(cell + 1) in one
      const __m512i both = _mm512_i32gather_epi64(cell(value[g]), firsts_, 4);
      at[g] = _mm512_and_si512(both, _mm512_set1_epi64(UINT32_MAX));
      length[g] = _mm512_sub_epi64(_mm512_srli_epi64(both, 32), at[g]);
    }
    for (;;) {
      __mmask8 longer = 0;
#pragma GCC unroll 4
      for (std::size_t g = 0; g < groups; ++g) longer |= _mm512_cmpgt_epi64_mask(length[g], one);
      if (longer == 0) break;
#pragma GCC unroll 4
      for (std::size_t g = 0; g < groups; ++g) {
        const __m512i half = _mm512_srli_epi64(length[g], 1);
        const __m512i before = _mm512_sub_epi64(_mm512_add_epi64(at[g], _mm512_max_epi64(half, one)), one);
        const __m512d seen = _mm512_i64gather_pd(_mm512_min_epi64(before, last), distinct_, 8);
        at[g] = _mm512_mask_add_epi64(at[g], _mm512_cmp_pd_mask(seen, value[g], _CMP_LT_OQ), at[g], half);
        length[g] = _mm512_sub_epi64(length[g], half);
      }
    }
#pragma GCC unroll 4
    for (std::size_t g = 0; g < groups; ++g) {
      const __mmask8 any = _mm512_cmpgt_epi64_mask(length[g], _mm512_setzero_si512());
      const __m512d seen = _mm512_mask_i64gather_pd(value[g], any, at[g], distinct_, 8);
      const __mmask8 below = _mm512_cmp_pd_mask(seen, value[g], _CMP_LT_OQ);
      at[g] = _mm512_mask_add_epi64(at[g], below, at[g], one);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(found + g * lanes), _mm512_cvtepi64_epi32(at[g]));
    }
  }

 private:
  [[gnu::target("avx512f")]] __m256i cell(__m512d value) const {
    const __m256i index = _mm256_slli_epi32(stretch(value), 2);  // a stretch is four doubles long
    const __m512d low = _mm512_i32gather_pd(index, stretches_, 8);
    const __m512d scale = _mm512_i32gather_pd(index, stretches_ + 1, 8);
    const __m512d last = _mm512_i32gather_pd(index, stretches_ + 2, 8);
    const __m256i base = _mm512_cvtepi64_epi32(_mm512_i32gather_epi64(index, stretches_ + 3, 8));
    return _mm256_add_epi32(base, place(value, low, scale, last));
  }

  [[gnu::target("avx512f")]] __m256i stretch(__m512d value) const {
    if (!by_bits_)
      return place(value, _mm512_set1_pd(linear_.low), _mm512_set1_pd(linear_.scale), _mm512_set1_pd(linear_.last));
    const __m512i bits = _mm512_castpd_si512(_mm512_add_pd(value, _mm512_setzero_pd()));
    const __m512i negative = _mm512_and_si512(_mm512_srai_epi64(bits, 63), _mm512_set1_epi64(INT64_MAX));
    const __m512i low = _mm512_set1_epi64(bits_.low);
    const __m512i key =
        _mm512_min_epi64(_mm512_max_epi64(_mm512_xor_si512(bits, negative), low), _mm512_set1_epi64(bits_.high));
    const auto shift = static_cast<unsigned>(bits_.shift);
    return _mm512_cvtepi64_epi32(_mm512_srli_epi64(_mm512_sub_epi64(key, low), shift));
  }

  const double* distinct_;
  long long last_;
  const double* stretches_;
  const std::uint32_t* firsts_;
  bool by_bits_;
  ValueGrid::Linear linear_;
  ValueGrid::Bits bits_;
};

}  // namespace

void locate_avx512(const ValueGrid& grid, std::span<const double> distinct, std::span<const double> values,
                   std::span<std::uint32_t> found) {
  const Lookup lookup(grid, distinct);
  std::size_t i = 0;
  for (; i + abreast * lanes <= values.size(); i += abreast * lanes)
    lookup.find<abreast>(values.data() + i, found.data() + i);
  for (; i + lanes <= values.size(); i += lanes) lookup.find<1>(values.data() + i, found.data() + i);
  if (i == values.size()) return;
  std::array<double, lanes> rest{};
  std::array<std::uint32_t, lanes> places{};
  std::ranges::copy(values.subspan(i), rest.begin());
  lookup.find<1>(rest.data(), places.data());
  std::ranges::copy_n(places.begin(), static_cast<std::ptrdiff_t>(values.size() - i),
                      found.begin() + static_cast<std::ptrdiff_t>(i));
}

}  // namespace perennial::stats
