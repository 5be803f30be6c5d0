#include "rollout/split.hpp"

#include <cmath>

#include "core/hash.hpp"

namespace perennial::rollout {

std::string_view to_string(Arm arm) { return arm == Arm::champion ? "champion" : "challenger"; }

std::uint64_t split_seed(std::string_view salt) { return hash64(salt); }

std::uint32_t bucket_of(std::string_view entity, std::uint64_t seed) {
  return static_cast<std::uint32_t>(hash64(entity, seed) % buckets);
}

std::uint32_t challenger_buckets(double weight) {
  if (!(weight > 0)) return 0;
  if (weight >= 1) return buckets;
  return static_cast<std::uint32_t>(std::lround(weight * buckets));
}

Arm arm_of(std::string_view entity, std::uint64_t seed, double weight) {
  return bucket_of(entity, seed) < challenger_buckets(weight) ? Arm::challenger : Arm::champion;
}

}  // namespace perennial::rollout
