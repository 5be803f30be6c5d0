#include "drift/detectors/kswin_window.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <limits>
#endif

// What has a place per rank lies in two registers, even ranks in the first and odd ones in the second, 64 bytes each.
// So a sum up to each rank is a sum over lanes, and one subtraction.

namespace perennial::drift {

#if defined(__x86_64__)

#define PERENNIAL_AVX512 [[gnu::target("avx512f,avx512bw,avx512vbmi,bmi,popcnt")]]

namespace {

constexpr std::size_t lanes = 64;
constexpr int choose = 0xca;  // of a ternary operation: where the first bit is 1 the second, otherwise the third

template <class T, std::size_t size>
struct alignas(64) Table : std::array<T, size> {};

template <class T, std::size_t size>
constexpr Table<T, size> table(auto entry) {
  Table<T, size> made{};
  for (std::size_t i = 0; i < size; ++i) made[i] = static_cast<T>(entry(i));
  return made;
}

/// Read from `lanes - n`: all ones from lane n on, otherwise 0.
constexpr auto steps = table<std::uint8_t, 2 * lanes>([](std::size_t i) { return i < lanes ? 0 : 0xff; });
/// Likewise: all ones in lane n.
constexpr auto pulses = table<std::uint8_t, 3 * lanes>([](std::size_t i) { return i == lanes ? 0xff : 0; });
/// Read from `16 - n`: likewise, of 16 lanes.
constexpr auto long_pulses = table<std::uint32_t, 32>([](std::size_t i) { return i == 16 ? 0xffffffff : 0; });
/// Read from 1: the lane itself; from 0 and from 2: the one before and the one behind.
constexpr auto neighbours = table<std::uint8_t, lanes + 2>([](std::size_t i) { return i - 1; });
constexpr auto ends_of_eights = table<std::uint8_t, lanes>([](std::size_t i) { return i % 8 * 8 + 7; });
constexpr auto eights = table<std::uint8_t, lanes>([](std::size_t i) { return i / 8; });
constexpr auto twice_counted = table<std::uint8_t, lanes>([](std::size_t i) { return 2 * i + 2; });

constexpr double nothing = -std::numeric_limits<double>::infinity();

PERENNIAL_AVX512 inline __m512i load(const void* at) { return _mm512_loadu_si512(at); }

// The forms with a mask, as GCC 12 warns of what its headers leave undefined in those without.
constexpr __mmask64 every = ~std::uint64_t{0};

PERENNIAL_AVX512 inline __m512i permuted(__m512i bytes, __m512i from) {
  return _mm512_maskz_permutexvar_epi8(every, from, bytes);
}

/// Of the only lane that is set.
PERENNIAL_AVX512 inline std::size_t rank_of(__mmask64 even, __mmask64 odd) {
  const std::uint64_t in_even = _tzcnt_u64(_cvtmask64_u64(even));  // 64 where none is set
  const std::uint64_t in_odd = _tzcnt_u64(_cvtmask64_u64(odd));
  return 2 * ((in_even & 63) + (in_odd & 63)) + (in_even >> 6);
}

/// Sums of the bytes, none of them negative and in all at most 255, up to each lane.
PERENNIAL_AVX512 inline __m512i sums_to_each(__m512i bytes) {
  bytes = _mm512_add_epi8(bytes, _mm512_maskz_slli_epi64(0xff, bytes, 8));
  bytes = _mm512_add_epi8(bytes, _mm512_maskz_slli_epi64(0xff, bytes, 16));
  bytes = _mm512_add_epi8(bytes, _mm512_maskz_slli_epi64(0xff, bytes, 32));
  const __m512i ends = permuted(bytes, load(&ends_of_eights));
  // A product's byte is the sum of the bytes before it. (The cast: GCC 12 warns of the intrinsic one.)
  const std::uint64_t before = static_cast<std::uint64_t>(((__v8di)ends)[0]) * 0x0101010101010100u;
  return _mm512_add_epi8(
      bytes, permuted(_mm512_zextsi128_si512(_mm_cvtsi64_si128(static_cast<std::int64_t>(before))), load(&eights)));
}

/// Rounds up to at_once values that come before the first NaN, and returns how many these are.
PERENNIAL_AVX512 inline std::size_t round(std::span<const double> values, float* rounded) {
  values = values.first(std::min(values.size(), KswinWindow::at_once));
  std::size_t count = 0;
  for (; count + 8 <= values.size(); count += 8) {
    const __m512d eight = _mm512_loadu_pd(values.data() + count);
    if (_mm512_cmp_pd_mask(eight, eight, _CMP_UNORD_Q) != 0) break;
    _mm256_storeu_ps(rounded + count, _mm512_maskz_cvtpd_ps(0xff, eight));
  }
  for (; count < values.size() && !std::isnan(values[count]); ++count)
    rounded[count] = _mm_cvtss_f32(_mm_cvtsd_ss(_mm_setzero_ps(), _mm_set_sd(values[count])));
  return count;
}

}  // namespace

bool KswinWindow::has_avx512() {
  static const bool has = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                          __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("bmi") &&
                          __builtin_cpu_supports("popcnt");
  return has;
}

PERENNIAL_AVX512 KswinWindow::Taken KswinWindow::take_avx512(std::span<const double> values,
                                                             std::span<const AgeSet> drawn, const Limits& limits) {
  __m512i even = load(&order_[0]);
  __m512i odd = load(&order_[lanes]);
  __m512i tied_even = load(&tied_[0]);
  __m512i tied_odd = load(&tied_[lanes]);
  const __m512i ages_by_even = load(&ages_by_[0]);
  const __m512i ages_by_odd = load(&ages_by_[lanes]);
  // Weights one too high, so that none is negative: sums up to a rank are too high by the number of ranks.
  const __m512i none = _mm512_setzero_si512();
  const __m512i one = _mm512_set1_epi8(1);
  const __m512i newest_low = _mm512_add_epi8(load(&newest_[0]), one);
  const __m512i newest_high = _mm512_add_epi8(load(&newest_[lanes]), one);
  const __m512i youngest = _mm512_set1_epi8(static_cast<char>(size_ - 1));
  // At a limit are sums s with |s| >= limit: as s + limit - 1, without sign, above 2 * limit - 2.
  const __m512i shift = _mm512_sub_epi8(_mm512_set1_epi8(static_cast<char>(limits.warning - 1)), load(&twice_counted));
  const __m512i bound = _mm512_set1_epi8(static_cast<char>(2 * limits.warning - 2));
  alignas(64) std::array<std::uint8_t, 2 * lanes> split;
  alignas(64) std::array<float, at_once> rounded;
  const std::size_t count = round(values, rounded.data());
  // Members are kept apart from what is written through pointers.
  const std::size_t size = size_;
  std::size_t oldest = oldest_;
  std::size_t from = rank_of_oldest_;
  bool tied = any_tied_;
  Taken taken;
  while (taken.count < count) {
    const double value = values[taken.count];
    // How many are not above, by rounded values: never too few, and too many only where some round alike.
    const float near = rounded[taken.count];
    const __m512 limit = _mm512_set1_ps(near);
    std::size_t to = rounded_[oldest] <= near ? ~std::size_t{0} : 0;
    for (std::size_t slot = 0; slot < size; slot += 32) {
      const std::uint32_t low = _mm512_cmp_ps_mask(limit, _mm512_load_ps(&rounded_[slot]), _CMP_GE_OQ);
      const std::uint32_t high = _mm512_cmp_ps_mask(limit, _mm512_load_ps(&rounded_[slot + 16]), _CMP_GE_OQ);
      to += static_cast<std::size_t>(_mm_popcnt_u32(low | high << 16));
    }
    // Where the next one to go is: found before it is needed, as finding it takes a while.
    std::size_t next = rank_of(_mm512_cmpeq_epi8_mask(even, one), _mm512_cmpeq_epi8_mask(odd, one));
    // No branches: which way they go is a matter of chance.
    std::size_t down = (to - from - 1) >> 63;
    _mm512_store_si512(&split[0], even);
    _mm512_store_si512(&split[lanes], odd);
    const auto before = [&] {
      if (to == 0) return nothing;
      const std::size_t slot = oldest + split[place_in_two(to - down)];
      return values_[slot < size ? slot : slot - size];
    };
    double below = before();
    tied = tied || !(below < value);
    if (below > value) [[unlikely]] {
      to = not_above(value) - (values_[oldest] <= value ? 1 : 0);
      down = (to - from - 1) >> 63;
      below = before();
    }
    values_[oldest] = value;
    // A whole register is written, so that the next value's comparison need not wait for the cache.
    float* const chunk = &rounded_[oldest / 16 * 16];
    _mm512_store_si512(chunk, _mm512_ternarylogic_epi32(load(&long_pulses[16 - oldest % 16]),
                                                        _mm512_castps_si512(limit), load(chunk), choose));
    oldest = oldest + 1 == size ? 0 : oldest + 1;

    // The ranks between take the age of the next rank, or of the one before: in the other register, and there of the
    // same lane or of a neighbour.
    const std::size_t first = from + down;
    const std::size_t last = to + down;
    const __m512i between_even =
        _mm512_xor_si512(load(&steps[lanes - (first + 1) / 2]), load(&steps[lanes - (last + 1) / 2]));
    const __m512i between_odd = _mm512_xor_si512(load(&steps[lanes - first / 2]), load(&steps[lanes - last / 2]));
    const std::uint8_t* const neighbour = &neighbours[1 - down];
    // Where it is in the other register, 64 further on there is no pulse.
    const std::uint8_t* const pulse = &pulses[lanes - to / 2];
    const __m512i at_even = load(pulse + to % 2 * lanes);
    const __m512i at_odd = load(pulse + (to % 2 ^ 1) * lanes);
    const __m512i aged_even = _mm512_sub_epi8(even, ages_by_even);
    const __m512i aged_odd = _mm512_sub_epi8(odd, ages_by_odd);
    even = _mm512_ternarylogic_epi32(between_even, permuted(aged_odd, load(neighbour)), aged_even, choose);
    odd = _mm512_ternarylogic_epi32(between_odd, permuted(aged_even, load(neighbour + 1)), aged_odd, choose);
    even = _mm512_ternarylogic_epi32(at_even, youngest, even, choose);
    odd = _mm512_ternarylogic_epi32(at_odd, youngest, odd, choose);
    if (tied) [[unlikely]] {
      const __m512i moved_even =
          _mm512_ternarylogic_epi32(between_even, permuted(tied_odd, load(neighbour)), tied_even, choose);
      const __m512i moved_odd =
          _mm512_ternarylogic_epi32(between_odd, permuted(tied_even, load(neighbour + 1)), tied_odd, choose);
      // The new value is the last of its equals.
      const __m512i equal = _mm512_set1_epi8(to > 0 && below == value ? -1 : 0);
      tied_even = _mm512_or_si512(_mm512_andnot_si512(at_even, moved_even), _mm512_and_si512(equal, at_odd));
      tied_odd = _mm512_or_si512(_mm512_andnot_si512(at_odd, moved_odd),
                                 _mm512_and_si512(equal, permuted(at_even, load(&neighbours[2]))));
      const __m512i any = _mm512_or_si512(tied_even, tied_odd);
      tied = _mm512_test_epi8_mask(any, any) != 0;
    }
    next -= (from - next) >> 63;
    from = next + ((to - next - 1) >> 63);
    ++taken.count;
    if (drawn.empty()) continue;

    const AgeSet& ages = drawn[taken.count - 1];
    const __m512i low = _mm512_mask_mov_epi8(newest_low, _cvtu64_mask64(ages.low), none);
    const __m512i high = _mm512_mask_mov_epi8(newest_high, _cvtu64_mask64(ages.high), none);
    const __m512i weights_even = _mm512_permutex2var_epi8(low, even, high);
    const __m512i weights_odd = _mm512_permutex2var_epi8(low, odd, high);
    const __m512i sums_odd = _mm512_add_epi8(sums_to_each(_mm512_add_epi8(weights_even, weights_odd)), shift);
    const __m512i sums_even = _mm512_sub_epi8(sums_odd, _mm512_sub_epi8(weights_odd, one));
    const __mmask64 apart = _mm512_cmpgt_epu8_mask(_mm512_max_epu8(sums_even, sums_odd), bound);
    if (_kortestz_mask64_u8(apart, apart) == 0) [[unlikely]] {
      // Between equal values the distribution functions do not stand apart yet.
      const __mmask64 last_even = _mm512_testn_epi8_mask(tied_even, tied_even);
      const __mmask64 last_odd = _mm512_testn_epi8_mask(tied_odd, tied_odd);
      if ((_mm512_mask_cmpgt_epu8_mask(last_even, sums_even, bound) |
           _mm512_mask_cmpgt_epu8_mask(last_odd, sums_odd, bound)) == 0)
        continue;
      const __m512i further = _mm512_set1_epi8(static_cast<char>(limits.drift - limits.warning));
      const __m512i drift_bound = _mm512_set1_epi8(static_cast<char>(2 * limits.drift - 2));
      const bool drifts = (_mm512_mask_cmpgt_epu8_mask(last_even, _mm512_add_epi8(sums_even, further), drift_bound) |
                           _mm512_mask_cmpgt_epu8_mask(last_odd, _mm512_add_epi8(sums_odd, further), drift_bound)) != 0;
      taken.zone = drifts ? Zone::drift : Zone::warning;
      break;
    }
  }
  _mm512_store_si512(&order_[0], even);
  _mm512_store_si512(&order_[lanes], odd);
  _mm512_store_si512(&tied_[0], tied_even);
  _mm512_store_si512(&tied_[lanes], tied_odd);
  oldest_ = oldest;
  rank_of_oldest_ = from;
  any_tied_ = tied;
  return taken;
}

#else

bool KswinWindow::has_avx512() { return false; }

KswinWindow::Taken KswinWindow::take_avx512(std::span<const double> values, std::span<const AgeSet> drawn,
                                            const Limits& limits) {
  return take_plain(values, drawn, limits);
}

#endif

}  // namespace perennial::drift
