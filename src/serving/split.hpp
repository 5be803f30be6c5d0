#pragma once
// Which arm answers. A pure function of the routing unit and the rollout's salt: the same in every process and after
// every restart, and nested: raising the weight only moves units to the challenger, never back.

#include <cmath>
#include <cstdint>
#include <string_view>

#include "core/hash.hpp"

namespace perennial::serving {

inline constexpr std::uint64_t kBuckets = 10000;

/// The entity where there is one, else the prediction id. 0 <= bucket < kBuckets.
inline std::uint64_t bucket_of(std::string_view unit, std::uint64_t salt) { return hash64(unit, salt) % kBuckets; }

/// Buckets that go to the challenger; weight is a share, 0..1, rounded to 1/10000; NaN and below 0 give none.
inline std::uint64_t challenger_buckets(double weight) {
  return !(weight > 0) ? 0 : weight >= 1 ? kBuckets : static_cast<std::uint64_t>(std::llround(weight * kBuckets));
}

inline bool goes_to_challenger(std::string_view unit, std::uint64_t salt, std::uint64_t buckets) {
  return buckets > 0 && bucket_of(unit, salt) < buckets;
}

}  // namespace perennial::serving
