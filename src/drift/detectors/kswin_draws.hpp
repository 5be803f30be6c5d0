#pragma once
// KSWIN's draws where its window is short: sixty-four subsets at once, each uniform among all of its size and
// independent of the others. Every position is decided in turn, with the share that is still wanted of what is left
// (selection sampling: Fan, Muller & Rezucha 1962; Knuth, The Art of Computer Programming 3.4.2 S), by 16 bits of a
// generator; a subset for which a number came that would make the shares unequal is thrown away (up to 6 % of them).
// The numbers are those of sixteen xoroshiro128+ (Blackman & Vigna 2018). The same seed gives the same subsets on every
// machine.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "drift/detectors/kswin_window.hpp"

namespace perennial::drift {

class KswinDraws {
 public:
  /// Subsets of `chosen` of the ages below `population` <= 127; 1 <= chosen <= population. `wide`: with AVX-512, which
  /// must be there; the subsets are the same.
  KswinDraws(std::uint64_t seed, std::size_t population, std::size_t chosen, bool wide);

  /// As newly made: the same draws again.
  void restart();
  /// The next ones, at least one.
  std::span<const AgeSet> ahead() {
    if (next_ == count_) [[unlikely]]
      refill();
    return std::span(ready_).subspan(next_, count_ - next_);
  }
  void use(std::size_t count) { next_ += count; }

 private:
  static constexpr std::size_t lanes = 16;           // generators
  static constexpr std::size_t at_once = 4 * lanes;  // subsets
  static constexpr std::size_t words = 128 / 16;     // of a subset
  using Words = std::array<std::array<std::uint16_t, at_once>, words>;

  void refill();
  /// Fills `found`: bit i % 16 of word i / 16 where position i is chosen. Returns the subsets that are to be thrown
  /// away.
  std::uint64_t select(Words& found);
  std::uint64_t select_avx512(Words& found);

  alignas(64) std::array<std::array<std::uint64_t, lanes>, 2> state_;
  alignas(64) std::array<AgeSet, at_once> ready_;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::uint64_t seed_;
  std::uint16_t population_;
  std::uint16_t chosen_;
  bool wide_;
};

}  // namespace perennial::drift
