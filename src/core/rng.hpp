#pragma once
// The seam for randomness: xoshiro256** (Blackman & Vigna 2018), seeded through SplitMix64. The same seed gives the
// same numbers on every machine, which std::*_distribution does not promise.

#include <array>
#include <cstdint>
#include <string>

namespace perennial {

class Rng {
 public:
  explicit Rng(std::uint64_t seed);
  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform in [0, bound), unbiased; bound > 0.
  std::uint64_t below(std::uint64_t bound);
  /// Standard normal (Marsaglia polar).
  double normal();
  /// RFC 9562 version 4 text form, 36 characters.
  std::string uuid();
  /// An independent stream for a named purpose: the same (seed, name) gives the same stream, whatever was drawn before.
  Rng fork(const std::string& name) const;

 private:
  std::uint64_t seed_;
  std::array<std::uint64_t, 4> state_{};
  double spare_ = 0;
  bool has_spare_ = false;
};

}  // namespace perennial
