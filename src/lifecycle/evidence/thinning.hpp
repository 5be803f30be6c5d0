#pragma once
// Which rows a bounded sample keeps when there are more than it may hold.

#include <algorithm>
#include <bit>
#include <cstdint>
#include <string_view>

#include "core/hash.hpp"

namespace perennial::lifecycle {

/// A row's place in any sample, from its id: the same row is kept or left out wherever it is met. At level L the rows
/// of rank >= L are kept, one of 2^L, whatever they hold.
struct SampleKey {
  std::uint64_t hash = 0;
  std::uint8_t rank() const { return static_cast<std::uint8_t>(std::countl_zero(hash)); }
};

inline constexpr std::uint64_t sample_seed = 0x6d657472;  // not the seed that chooses arms

inline SampleKey sample_key(std::string_view id) { return {hash64(id, sample_seed)}; }

}  // namespace perennial::lifecycle
