#pragma once
// Which arm answers: a pure function of entity, salt and weight, the same in every process and after every restart
// (trap 1). Buckets are nested: an entity that is in the challenger's arm stays there as the weight grows.

#include <cstdint>
#include <string>
#include <string_view>

namespace perennial::rollout {

inline constexpr std::uint32_t buckets = 10000;

enum class Arm { champion, challenger };
std::string_view to_string(Arm arm);

/// The stable seed of a salt. Compute once per rollout, not per request.
std::uint64_t split_seed(std::string_view salt);
/// 0..9999: XXH64(entity, seed) modulo 10000.
std::uint32_t bucket_of(std::string_view entity, std::uint64_t seed);
/// How many buckets a weight of 0..1 gives the challenger: rounded to the nearest; NaN and below 0 give none.
std::uint32_t challenger_buckets(double weight);
/// challenger where bucket_of(entity, seed) < challenger_buckets(weight).
Arm arm_of(std::string_view entity, std::uint64_t seed, double weight);

}  // namespace perennial::rollout
