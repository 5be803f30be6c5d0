#pragma once
// KSWIN's window where it is short: the values by slot, and their order as bytes, so that a new value costs a few
// vector instructions. Both ways of computing are exact and give the same.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "drift/stream.hpp"

namespace perennial::drift {

/// Values of a window by age: bit i stands for the one that i others are older than.
struct AgeSet {
  std::uint64_t low = 0;   ///< ages 0..63
  std::uint64_t high = 0;  ///< ages 64..127

  void insert(std::size_t age) { (age < 64 ? low : high) |= std::uint64_t{1} << (age & 63); }
  bool contains(std::size_t age) const { return ((age < 64 ? low : high) >> (age & 63) & 1) != 0; }
  bool operator==(const AgeSet&) const = default;
};

class alignas(64) KswinWindow {
 public:
  static constexpr std::size_t most_values = 128;
  static constexpr std::size_t at_once = 64;

  /// 2 <= size <= most_values, 1 <= newest <= size / 2: how many of the newest ones are compared. `wide`: with AVX-512,
  /// see has_avx512().
  KswinWindow(std::size_t size, std::size_t newest, bool wide);
  static bool has_avx512();

  /// No value: what is not there yet is no part of any comparison.
  void clear();

  /// Differences of the counts of the newest values and of the drawn ones, as many, that are at most v; at least 1, and
  /// at most newest + 1, which is never reached.
  struct Limits {
    std::int32_t warning = 0;
    std::int32_t drift = 0;  ///< at least `warning`
  };
  struct Taken {
    std::size_t count = 0;     ///< values
    Zone zone = Zone::stable;  ///< after the last of them; all before it were stable
  };
  /// Takes up to at_once of the values in place of the oldest ones. It stops before a NaN, and after the first value
  /// after which the difference for some v has come to a limit. drawn: as many as values, of the ages without the
  /// newest ones', for the comparison after each; or none, while the window is not full, and nothing is compared.
  Taken take(std::span<const double> values, std::span<const AgeSet> drawn, const Limits& limits) {
    return wide_ ? take_avx512(values, drawn, limits) : take_plain(values, drawn, limits);
  }

 private:
  /// By rank: equals the next one.
  __extension__ using Ties = unsigned __int128;

  Taken take_plain(std::span<const double> values, std::span<const AgeSet> drawn, const Limits& limits);
  Taken take_avx512(std::span<const double> values, std::span<const AgeSet> drawn, const Limits& limits);

  std::size_t slot_after(std::size_t slot) const { return slot + 1 == size_ ? 0 : slot + 1; }
  double value_of_age(std::size_t age) const {
    const std::size_t slot = oldest_ + age;
    return values_[slot < size_ ? slot : slot - size_];
  }

  /// The largest difference over all v.
  std::int32_t largest_difference(const AgeSet& drawn) const;
  /// How many values are at most `value`.
  std::size_t not_above(double value) const;

  /// The value of rank `from`, the first of its equals, goes, and a new one gets rank `to`, the last of its equals.
  void move_ties(std::size_t from, std::size_t to) {
    const Ties before_from = (Ties{1} << from) - 1;
    ties_ = (ties_ & before_from) | (ties_ >> 1 & ~before_from);
    const Ties before_to = (Ties{1} << to) - 1;
    ties_ = (ties_ & before_to) | (ties_ & ~before_to) << 1;
  }

  /// Where what belongs to a rank stands: with AVX-512 that of the even ranks before that of the odd ones.
  static std::size_t place_in_two(std::size_t rank) { return rank / 2 + rank % 2 * (most_values / 2); }
  std::size_t place_of(std::size_t rank) const { return wide_ ? place_in_two(rank) : rank; }

  alignas(64) std::array<double, most_values> values_;         // by slot; NaN where there is none
  alignas(64) std::array<float, most_values> rounded_;         // the same
  alignas(64) std::array<std::uint8_t, most_values> order_;    // by rank: age; of equal values the older one is before
  alignas(64) std::array<std::uint8_t, most_values> ages_by_;  // by rank: 1 where there is one, otherwise 0
  alignas(64) std::array<std::uint8_t, most_values> tied_;   // by rank, with AVX-512: 255 where it equals the next one
  alignas(64) std::array<std::int8_t, most_values> newest_;  // by age: 1 among the newest, otherwise 0
  Ties ties_ = 0;                                            // without AVX-512
  std::size_t size_;
  std::size_t oldest_ = 0;          // slot
  std::size_t rank_of_oldest_ = 0;  // with AVX-512
  bool any_tied_ = false;           // with AVX-512
  bool wide_;
};

}  // namespace perennial::drift
