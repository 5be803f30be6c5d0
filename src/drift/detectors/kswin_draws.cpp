#include "drift/detectors/kswin_draws.hpp"

#include <bit>
#include <cassert>
#include <cstring>

#include "core/rng.hpp"

namespace perennial::drift {

KswinDraws::KswinDraws(std::uint64_t seed, std::size_t population, std::size_t chosen, bool wide)
    : seed_(seed),
      population_(static_cast<std::uint16_t>(population)),
      chosen_(static_cast<std::uint16_t>(chosen)),
      wide_(wide) {
  assert(chosen >= 1 && chosen <= population && population < 128);
  restart();
}

void KswinDraws::restart() {
  Rng rng(seed_);
  for (auto& half : state_)
    for (auto& lane : half) lane = rng.next();
  next_ = 0;
  count_ = 0;
}

void KswinDraws::refill() {
  alignas(64) Words found;
  next_ = 0;
  count_ = 0;
  while (count_ == 0) {
    const std::uint64_t thrown = wide_ ? select_avx512(found) : select(found);
    for (std::size_t i = 0; i < at_once; ++i) {
      const auto word = [&](std::size_t k) { return std::uint64_t{found[k][i]} << (k % 4 * 16); };
      ready_[count_] = {word(0) | word(1) | word(2) | word(3), word(4) | word(5) | word(6) | word(7)};
      count_ += (thrown >> i & 1) ^ 1;
    }
  }
}

std::uint64_t KswinDraws::select(Words& found) {
  // Two generators and eight subsets are as much as the registers hold that every machine has.
  constexpr std::size_t bytes = 16;
  constexpr std::size_t subsets = bytes / sizeof(std::uint16_t);
  using Longs [[gnu::vector_size(bytes)]] = std::uint64_t;
  using Shorts [[gnu::vector_size(bytes)]] = std::uint16_t;
  std::memset(&found, 0, sizeof(found));
  std::uint64_t thrown = 0;
  for (std::size_t part = 0; part < at_once / subsets; ++part) {
    Longs first;
    Longs second;
    std::memcpy(&first, &state_[0][2 * part], bytes);
    std::memcpy(&second, &state_[1][2 * part], bytes);
    Shorts wanted = Shorts{} + chosen_;
    Shorts bits{};
    Shorts unequal{};
    for (std::size_t i = 0; i < population_; ++i) {
      const auto numbers = std::bit_cast<Shorts>(first + second);
      second ^= first;
      first = (first << 24 | first >> 40) ^ second ^ second << 16;
      second = second << 37 | second >> 27;
      const auto bit = static_cast<std::uint16_t>(1u << (i % 16));
      const auto left = static_cast<std::uint16_t>(population_ - i);
      const auto share = static_cast<std::uint16_t>(65535 / left);
      unequal |= std::bit_cast<Shorts>(numbers >= Shorts{} + static_cast<std::uint16_t>(share * left));
      const auto taken = std::bit_cast<Shorts>(numbers < wanted * share);
      wanted += taken;  // all ones: less one
      bits |= taken & bit;
      if (i % 16 == 15 || i + 1 == population_) {
        std::memcpy(&found[i / 16][part * subsets], &bits, bytes);
        bits = Shorts{};
      }
    }
    std::memcpy(&state_[0][2 * part], &first, bytes);
    std::memcpy(&state_[1][2 * part], &second, bytes);
    for (std::size_t k = 0; k < subsets; ++k) thrown |= std::uint64_t{unequal[k] & 1u} << (part * subsets + k);
  }
  return thrown;
}

}  // namespace perennial::drift
