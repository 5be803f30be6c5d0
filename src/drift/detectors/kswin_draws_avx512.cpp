#include "drift/detectors/kswin_draws.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace perennial::drift {

#if defined(__x86_64__)

namespace {

struct Share {
  std::uint32_t each;   ///< twice the same 16 bits, as it is broadcast
  std::uint32_t equal;  ///< likewise: numbers from here on would make the shares unequal
};

/// By how many positions are left.
constexpr auto shares = [] {
  std::array<Share, 128> made{};
  for (std::uint32_t left = 1; left < made.size(); ++left) {
    const std::uint32_t each = 65535 / left;
    made[left] = {each * 0x10001u, each * left * 0x10001u};
  }
  return made;
}();

#define PERENNIAL_AVX512 [[gnu::target("avx512f,avx512bw")]]

/// Eight generators and their thirty-two subsets.
struct Half {
  __m512i first;
  __m512i second;
  __m512i wanted;
  __m512i bits;
  __mmask32 unequal;

  PERENNIAL_AVX512 [[gnu::always_inline]] void decide(__m512i share, __m512i equal, __m512i bit, __m512i one) {
    constexpr int sum = 0x96;         // of a ternary operation: modulo two
    constexpr __mmask8 every = 0xff;  // GCC 12 warns of what its headers leave undefined in the forms without a mask
    const __m512i numbers = _mm512_add_epi64(first, second);
    second = _mm512_xor_si512(second, first);
    first = _mm512_ternarylogic_epi64(_mm512_maskz_rol_epi64(every, first, 24), second,
                                      _mm512_maskz_slli_epi64(every, second, 16), sum);
    second = _mm512_maskz_rol_epi64(every, second, 37);
    unequal = _kor_mask32(unequal, _mm512_cmpge_epu16_mask(numbers, equal));
    const __mmask32 taken = _mm512_cmplt_epu16_mask(numbers, _mm512_mullo_epi16(wanted, share));
    wanted = _mm512_mask_sub_epi16(wanted, taken, wanted, one);
    bits = _mm512_mask_add_epi16(bits, taken, bits, bit);
  }
};

}  // namespace

PERENNIAL_AVX512 std::uint64_t KswinDraws::select_avx512(Words& found) {
  const __m512i none = _mm512_setzero_si512();
  const __m512i one = _mm512_set1_epi16(1);
  const __m512i chosen = _mm512_set1_epi16(static_cast<short>(chosen_));
  // Two at a time, as each waits for its last decision.
  Half low{_mm512_load_si512(&state_[0][0]), _mm512_load_si512(&state_[1][0]), chosen, none, 0};
  Half high{_mm512_load_si512(&state_[0][8]), _mm512_load_si512(&state_[1][8]), chosen, none, 0};
  std::size_t left = population_;
  for (auto& word : found) {
    low.bits = none;
    high.bits = none;
    __m512i bit = one;
    for (const std::size_t end = left > 16 ? left - 16 : 0; left > end; --left) {
      const __m512i share = _mm512_set1_epi32(static_cast<int>(shares[left].each));
      const __m512i equal = _mm512_set1_epi32(static_cast<int>(shares[left].equal));
      low.decide(share, equal, bit, one);
      high.decide(share, equal, bit, one);
      bit = _mm512_add_epi16(bit, bit);
    }
    _mm512_store_si512(&word[0], low.bits);
    _mm512_store_si512(&word[at_once / 2], high.bits);
  }
  _mm512_store_si512(&state_[0][0], low.first);
  _mm512_store_si512(&state_[1][0], low.second);
  _mm512_store_si512(&state_[0][8], high.first);
  _mm512_store_si512(&state_[1][8], high.second);
  return low.unequal | std::uint64_t{high.unequal} << 32;
}

#else

std::uint64_t KswinDraws::select_avx512(Words& found) { return select(found); }

#endif

}  // namespace perennial::drift
